// Several runners as the target of one dispatch: who they are, and the two fields that say how it goes on.
import type { Runner } from '../../protocol/api/runners.ts';
import type { DispatchBody } from '../../protocol/api/runs.ts';
import type { FormField, FormState } from '../components/form-edit.ts';
import { formText } from '../components/form-edit.ts';
import { plural } from '../format/amount.ts';
import { worstRank } from '../store/runners.ts';
import type { NewRunPlace } from './place.ts';

export interface ManyRunners {
  /** As the form and the questions name them: `group web (12 runners)`. */
  readonly name: string;
  /** Those that are most likely to answer stand first. */
  readonly runners: readonly Runner[];
  readonly place: Pick<NewRunPlace, 'group' | 'runnerIds'>;
  readonly target: Pick<DispatchBody, 'group' | 'runners'>;
}

/** The runners of a group, or those that are named by id or name. */
export function manyRunners(
  known: ReadonlyMap<string, Runner>,
  { group, runnerIds = [] }: { group?: string | undefined; runnerIds?: readonly string[] | undefined },
): ManyRunners {
  const wanted = new Set(runnerIds);
  const isMeant = (runner: Runner) =>
    group === undefined ? wanted.has(runner.id) || wanted.has(runner.name) : runner.group === group;
  // The list of the fleet has the worst first; here the others do.
  const runners = [...known.values()].filter(isMeant).toSorted((a, b) => usable(b) - usable(a));
  const many = plural(runners.length, 'runner');
  if (group !== undefined)
    return { name: `group ${group} (${many})`, runners, place: { group }, target: { group } };
  const ids = runners.map((runner) => runner.id);
  return { name: many, runners, place: { runnerIds: ids }, target: { runners: ids } };
}

function usable(runner: Runner): number {
  return runner.state === 'online' ? 100 + worstRank(runner) : 0;
}

const AT_ONCE = 'how many at once';
const STOP = 'stop after failures';

export const paceFields: readonly FormField[] = [
  {
    name: AT_ONCE,
    label: 'at once',
    note: 'number',
    help: 'So many are under way at the same time; the others wait for their turn',
    kind: 'text',
    placeholder: 'all',
  },
  {
    name: STOP,
    label: 'stop after',
    note: 'failures',
    help: 'After so many that failed no further one starts',
    kind: 'text',
    placeholder: 'never',
  },
];

/** What the two fields say, or what is wrong with them. */
export function paceOf(state: FormState): {
  body: Pick<DispatchBody, 'max_parallel' | 'stop_after_failures'>;
  errors: Record<string, string>;
} {
  const errors: Record<string, string> = {};
  const read = (name: string): number | undefined => {
    const text = formText(state, name).trim();
    if (text === '') return undefined;
    if (/^[1-9]\d{0,2}$/.test(text)) return Number(text);
    errors[name] = 'a number from 1 to 999, or empty';
    return undefined;
  };
  const max_parallel = read(AT_ONCE);
  const stop_after_failures = read(STOP);
  const body = {
    ...(max_parallel === undefined ? {} : { max_parallel }),
    ...(stop_after_failures === undefined ? {} : { stop_after_failures }),
  };
  return { body, errors };
}
