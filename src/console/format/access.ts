// What a member reaches, in a few words.
import type { Access } from '../../protocol/access.ts';
import type { AccessChange } from '../../protocol/api/members.ts';

/** `all`, `none`, `web, db +2`, with the packs behind it where they are restricted. */
export function accessText(access: Access): string {
  const packs = access.pack_access === 'all' ? '' : `; packs ${few(access.pack_ids)}`;
  if (access.runner_access !== 'restricted') return `${access.runner_access}${packs}`;
  const names = access.runner_selectors.map((selector) => selector.replace(/^(group|runner):/, ''));
  return `${few(names)}${packs}`;
}

function few(names: readonly string[]): string {
  const more = names.length - 3;
  return `${names.slice(0, 3).join(', ')}${more > 0 ? ` +${more}` : ''}`;
}

/** What a change of access gives and takes, by name. */
export function changeText(change: AccessChange): string {
  const names = (things: readonly { name: string }[]) => {
    const shown = things.slice(0, 8).map(({ name }) => name);
    return `${shown.join(', ')}${things.length > 8 ? ` and ${things.length - 8} more` : ''}`;
  };
  const parts = [
    change.runners_added.length > 0 ? `gains ${names(change.runners_added)}` : '',
    change.runners_removed.length > 0 ? `loses ${names(change.runners_removed)}` : '',
    change.packs_added.length > 0 ? `gains the packs ${change.packs_added.join(', ')}` : '',
    change.packs_removed.length > 0 ? `loses the packs ${change.packs_removed.join(', ')}` : '',
  ].filter((part) => part !== '');
  return parts.length === 0 ? 'nothing that is there now changes' : parts.join('; ');
}
