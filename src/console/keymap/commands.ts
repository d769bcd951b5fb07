// Every command that a plain key can give, in one table: dispatch, the bottom line, the help page and the
// tests all read it. None of them changes anything on the server: what does is behind `a`, a form or `:`.
import type { KeyName } from './key-press.ts';

export interface Command {
  readonly keys: readonly KeyName[];
  /** Two or three words for the bottom line and for help. */
  readonly label: string;
  readonly section: 'everywhere' | 'list' | 'here';
  /** Order in the bottom line, smallest first; left out: only in help. */
  readonly rank?: number;
}

const table = {
  'app.command': { keys: [':'], label: 'go', section: 'everywhere', rank: 80 },
  'app.help': { keys: ['?'], label: 'help', section: 'everywhere', rank: 90 },
  'app.back': { keys: ['esc', 'q'], label: 'back', section: 'everywhere', rank: 85 },
  'app.history_back': { keys: ['['], label: 'back in history', section: 'everywhere' },
  'app.history_forward': { keys: [']'], label: 'forward in history', section: 'everywhere' },
  'app.tab': {
    keys: ['1', '2', '3', '4', '5', '6', '7', '8', '9'],
    label: 'tab of that number',
    section: 'everywhere',
  },
  'app.refresh': { keys: ['ctrl-r'], label: 'fetch again', section: 'everywhere' },
  'app.redraw': { keys: ['ctrl-l'], label: 'draw again', section: 'everywhere' },
  'app.times': { keys: ['Z'], label: 'times relative, local, UTC', section: 'everywhere' },
  'app.suspend': { keys: ['ctrl-z'], label: 'suspend (fg comes back)', section: 'everywhere' },
  'app.quit': { keys: ['ctrl-c'], label: 'quit', section: 'everywhere' },

  'list.open': { keys: ['enter'], label: 'open', section: 'list', rank: 10 },
  'list.down': { keys: ['j', 'down'], label: 'down', section: 'list' },
  'list.up': { keys: ['k', 'up'], label: 'up', section: 'list' },
  'list.page_down': { keys: ['pgdn', 'ctrl-f'], label: 'page down', section: 'list' },
  'list.page_up': { keys: ['pgup', 'ctrl-b'], label: 'page up', section: 'list' },
  'list.half_down': { keys: ['ctrl-d'], label: 'half a page down', section: 'list' },
  'list.half_up': { keys: ['ctrl-u'], label: 'half a page up', section: 'list' },
  'list.first': { keys: ['g', 'home'], label: 'first', section: 'list' },
  'list.last': { keys: ['G', 'end'], label: 'last', section: 'list' },
  'list.filter': { keys: ['/'], label: 'filter', section: 'list', rank: 70 },
  'list.sort': { keys: ['s'], label: 'sort', section: 'list', rank: 60 },
  'list.reverse': { keys: ['S'], label: 'reverse the order', section: 'list' },
  'list.mark': { keys: ['space'], label: 'mark', section: 'list', rank: 50 },
  'list.mark_all': { keys: ['*'], label: 'mark all shown, or none', section: 'list' },
  'list.wide': { keys: ['w'], label: 'wide columns', section: 'list' },

  'item.act': { keys: ['a'], label: 'act…', section: 'here', rank: 20 },
  'item.run': { keys: ['r'], label: 'run…', section: 'here', rank: 15 },
  'item.copy': { keys: ['y'], label: 'copy', section: 'here', rank: 30 },
  'item.copy_row': { keys: ['Y'], label: 'copy all as JSON', section: 'here' },
  'item.related': { keys: ['o'], label: 'related', section: 'here', rank: 40 },
  'item.explain': { keys: ['x'], label: 'what is wrong', section: 'here', rank: 43 },
  'item.events': { keys: ['e'], label: 'events of this', section: 'here' },

  'fleet.group': { keys: ['t'], label: 'flat, groups, on call', section: 'here', rank: 45 },
  'fleet.fold': { keys: ['tab'], label: 'fold the group', section: 'here' },
  'fleet.connect': { keys: ['n'], label: 'connect a runner', section: 'here', rank: 65 },
  'detail.section': { keys: ['tab'], label: 'next section', section: 'here', rank: 42 },
  'detail.section_back': { keys: ['shift-tab'], label: 'previous section', section: 'here' },
  'packs.next_waiting': { keys: ['n'], label: 'next that waits', section: 'here', rank: 35 },
  'keys.mint': { keys: ['n'], label: 'new keys…', section: 'here', rank: 12 },
  'keys.copy_all': { keys: ['Y', 'a'], label: 'copy all', section: 'here', rank: 31 },
  'keys.write': { keys: ['w', 'ctrl-s'], label: 'write to a file', section: 'here', rank: 32 },
  'keys.variant': { keys: ['v'], label: 'next form of the command', section: 'here', rank: 33 },
  'tokens.mint': { keys: ['n'], label: 'new token…', section: 'here', rank: 12 },
  'tokens.everybody': { keys: ['t'], label: 'mine or everybody’s', section: 'here', rank: 45 },
  'token.write': { keys: ['w', 'ctrl-s'], label: 'write to a file', section: 'here', rank: 32 },
  'runs.again': { keys: ['R'], label: 'run again…', section: 'here', rank: 22 },
  'output.follow': { keys: ['G', 'end'], label: 'follow', section: 'here', rank: 11 },
  'output.search': { keys: ['/'], label: 'search', section: 'here', rank: 24 },
  'output.next': { keys: ['n'], label: 'next match', section: 'here' },
  'output.previous': { keys: ['N'], label: 'previous match', section: 'here' },
  'output.stream': { keys: ['v'], label: 'stream', section: 'here', rank: 25 },
  'output.stamps': { keys: ['t'], label: 'times', section: 'here', rank: 26 },
  'output.wrap': { keys: ['W'], label: 'wrap', section: 'here', rank: 27 },
  'output.save': { keys: ['ctrl-s'], label: 'save', section: 'here', rank: 28 },
  'output.copy': { keys: ['Y'], label: 'copy the text', section: 'here', rank: 29 },
  'output.view': { keys: ['J'], label: 'text or table', section: 'here', rank: 29 },
  'team.invite': { keys: ['n'], label: 'invite…', section: 'here', rank: 12 },
  'draft.undo': { keys: ['u'], label: 'undo the draft', section: 'here', rank: 24 },
  'policy.next': { keys: ['space', 'right'], label: 'next decision', section: 'here', rank: 11 },
  'policy.previous': { keys: ['left'], label: 'decision before', section: 'here' },
  'policy.add': { keys: ['n'], label: 'new rule…', section: 'here', rank: 12 },
  'policy.remove': { keys: ['-'], label: 'take the rule out', section: 'here', rank: 25 },
  'policy.earlier': { keys: ['<'], label: 'decides earlier', section: 'here', rank: 26 },
  'policy.later': { keys: ['>'], label: 'decides later', section: 'here', rank: 27 },
  'audit.problems': { keys: ['p'], label: 'problems only', section: 'here', rank: 12 },
  'operation.failures': { keys: ['f'], label: 'failures only', section: 'here', rank: 12 },
  'operation.compare': { keys: ['='], label: 'compare two', section: 'here', rank: 27 },
  'profiles.sign_in': { keys: ['n'], label: 'sign in to another', section: 'here', rank: 12 },
  'first.local': { keys: ['l'], label: 'start a fleet of one here', section: 'here', rank: 12 },
  'first.sign_in': { keys: ['s'], label: 'sign in', section: 'here', rank: 11 },
} as const satisfies Record<string, Command>;

export type CommandId = keyof typeof table;
export type KeyTable = Readonly<Record<CommandId, Command>>;

export const commands: KeyTable = table;
export const commandIds = Object.keys(table) as CommandId[];

/**
 * The table with the operator's own keys (console settings, `keys`): command id → key names. What cannot be read is
 * passed over, so that an old setting never locks anybody out, and told in `faults`, a sentence each.
 */
export function rebind(own: unknown): { readonly table: KeyTable; readonly faults: readonly string[] } {
  if (own === undefined) return { table: commands, faults: [] };
  if (typeof own !== 'object' || own === null || Array.isArray(own))
    return { table: commands, faults: ['Setting keys is no table of commands and their keys'] };
  const faults: string[] = [];
  const rebound: Record<CommandId, Command> = { ...commands };
  for (const [id, keys] of Object.entries(own)) {
    if (!isCommandId(id)) faults.push(`Setting keys names ${JSON.stringify(id)}, which is no command`);
    else if (!isKeyList(keys)) faults.push(`Setting keys gives ${id} no list of keys, such as ["j", "down"]`);
    else rebound[id] = { ...commands[id], keys };
  }
  return { table: rebound, faults };
}

function isCommandId(id: string): id is CommandId {
  return Object.hasOwn(commands, id);
}

function isKeyList(keys: unknown): keys is readonly KeyName[] {
  return Array.isArray(keys) && keys.length > 0 && keys.every((key) => typeof key === 'string' && key !== '');
}
