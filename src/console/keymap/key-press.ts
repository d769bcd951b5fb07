// What arrives from the terminal as names of keys. One event may hold several characters typed fast; each
// becomes a key of its own.
import type { Key } from 'ink';

/** `a`, `A`, `space`, `enter`, `esc`, `tab`, `shift-tab`, `ctrl-d`, `up`, `pgdn` and so on. */
export type KeyName = string;

export interface KeyPress {
  readonly name: KeyName;
  /** What the key would add to a text; empty for keys that add nothing. */
  readonly text: string;
}

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });
const special = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageUp', 'pgup'],
  ['pageDown', 'pgdn'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'esc'],
  ['backspace', 'backspace'],
  ['delete', 'delete'],
] as const satisfies readonly (readonly [keyof Key, KeyName])[];

/** The keys of one event of Ink's, in order; none for keys that Ink cannot tell apart (F keys). */
export function keysOf(input: string, key: Key): KeyPress[] {
  if (key.eventType === 'release') return [];
  for (const [flag, name] of special) {
    if (key[flag] === true) return [{ name: key.ctrl ? `ctrl-${name}` : name, text: '' }];
  }
  if (key.tab) return [{ name: key.shift ? 'shift-tab' : 'tab', text: '' }];
  if (key.ctrl && input.length === 1) return [{ name: `ctrl-${input}`, text: '' }];
  if (key.meta && input.length > 0) return [{ name: `alt-${input}`, text: '' }];
  return Array.from(segmenter.segment(input), ({ segment }) => keyOfCharacter(segment));
}

function keyOfCharacter(character: string): KeyPress {
  if (character === '\r' || character === '\n' || character === '\r\n') return { name: 'enter', text: '' };
  if (character === '\t') return { name: 'tab', text: '' };
  if (character === ' ') return { name: 'space', text: ' ' };
  const code = character.charCodeAt(0);
  if (code === 0x7f || code === 0x08) return { name: 'backspace', text: '' };
  if (code < 0x20) return { name: `ctrl-${String.fromCharCode(code + 0x60)}`, text: '' };
  return { name: character, text: character };
}

const shown: Record<KeyName, string> = { enter: '⏎', up: '↑', down: '↓', left: '←', right: '→' };

/** How a key is written in the bottom line and in help. */
export function keyLabel(name: KeyName): string {
  return shown[name] ?? name;
}
