// What the command line completes: places, and the names of what is known here.
import type { ConsoleState } from '../store/state.ts';
import { placeWords } from './place.ts';

/** Whole lines, without the colon, that begin with `text`; in order. */
export function completionsOf(text: string, state: ConsoleState): string[] {
  const [word = '', ...rest] = text.split(' ');
  if (rest.length === 0) {
    const words = [...placeWords.flatMap(({ names }) => names), 'as', 'q'];
    return words.filter((name) => name.startsWith(word)).toSorted();
  }
  const last = rest.at(-1) ?? '';
  const before = text.slice(0, text.length - last.length);
  return namesFor(word, rest, state)
    .filter((name) => name.startsWith(last))
    .map((name) => `${before}${name}`)
    .toSorted();
}

function namesFor(word: string, rest: readonly string[], state: ConsoleState): string[] {
  const runners = () => [...state.runners.values()].map(({ name }) => name);
  const groups = () => [...new Set([...state.runners.values()].map(({ group }) => group))];
  switch (word) {
    case 'runner':
      return rest.length === 1 ? runners() : [];
    case 'fleet':
    case 'runners':
      return [...groups().map((group) => `group:${group}`), ...statuses(runnerStatuses)];
    case 'packs':
    case 'pack':
      return [...state.packVersions.values()].map(({ pack_id: id, version }) => `${id}@${version}`);
    case 'runs':
      return [...statuses(runStatuses), ...runners().map((name) => `runner:${name}`)];
    case 'run':
      if (rest.length === 1) return [...knownActions(state), 'on'];
      return rest.at(-2) === 'on' ? [...runners(), ...groups().map((group) => `group:${group}`)] : ['on'];
    case 'grants':
      return [...statuses(['active', 'inert']), ...runners().map((name) => `runner:${name}`), 'runner:any'];
    case 'actions':
      return [
        ...groups().map((group) => `group:${group}`),
        ...['low', 'medium', 'high', 'critical'].map((risk) => `risk:${risk}`),
        ...statuses(['ready', 'waits', 'blocked', 'asks']),
      ];
    case 'action':
      return rest.length === 1 ? knownActions(state) : rest.at(-2) === 'on' ? groups() : ['on'];
    case 'as':
    case 'member':
      return [...state.memberNames];
    case 'keys':
      return ['mint'];
    case 'policy':
      return [...groups().map((group) => `group:${group}`), ...runners().map((name) => `runner:${name}`)];
    case 'tokens':
      return ['mint', ...statuses(['active', 'expired', 'revoked'])];
    case 'audit':
      return [
        'outcome:problems',
        ...['decisions', 'access', 'activity', 'fleet', 'admin'].map((word) => `category:${word}`),
        ...runners().map((name) => `target:${name}`),
      ];
    default:
      return [];
  }
}

const runnerStatuses = [
  'online',
  'stale',
  'offline',
  'pending',
  'disabled',
  'revoked',
  'degraded',
  'waiting',
];
const runStatuses = ['unfinished', 'finished', 'running', 'success', 'failed', 'error', 'cancelled'];

function statuses(words: readonly string[]): string[] {
  return words.map((word) => `status:${word}`);
}

/** Actions that ran before; the whole list is on the screen that follows. */
function knownActions({ runs }: ConsoleState): string[] {
  return [...new Set([...runs.values()].map(({ action_id: id }) => id))];
}
