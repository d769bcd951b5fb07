// The bottom line and the help page, read off the key table.
import type { CommandId, KeyTable } from './commands.ts';
import { keyLabel } from './key-press.ts';

export interface Hint {
  readonly keys: string;
  readonly label: string;
}

export interface BottomHint extends Hint {
  /** Leads to all the others, so that it is never left out. */
  readonly isHelp: boolean;
}

/** What the bottom line offers, most useful first. */
export function bottomHints(table: KeyTable, active: readonly CommandId[]): BottomHint[] {
  return active
    .filter((id) => table[id].rank !== undefined)
    .sort((a, b) => (table[a].rank ?? 0) - (table[b].rank ?? 0))
    .map((id) => ({
      keys: keyLabel(table[id].keys[0] ?? ''),
      label: table[id].label,
      isHelp: id === 'app.help',
    }));
}

export interface HelpSection {
  readonly title: string;
  readonly hints: readonly Hint[];
}

const titles = { here: 'Here', list: 'In the list', everywhere: 'Everywhere' } as const;

/** Every key that works now, by section, in the order of the table. */
export function helpSections(table: KeyTable, active: readonly CommandId[]): HelpSection[] {
  return (['here', 'list', 'everywhere'] as const)
    .map((section) => ({
      title: titles[section],
      hints: (Object.keys(table) as CommandId[])
        .filter((id) => active.includes(id) && table[id].section === section)
        .map((id) => ({ keys: keysText(table[id].keys), label: table[id].label })),
    }))
    .filter(({ hints }) => hints.length > 0);
}

function keysText(keys: readonly string[]): string {
  if (keys.length > 3) return `${keyLabel(keys[0] ?? '')}–${keyLabel(keys.at(-1) ?? '')}`;
  return keys.map(keyLabel).join(' ');
}
