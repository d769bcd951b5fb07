// From a filled form to a run: what is sent, and which questions come before.
import { dispatch, type DispatchBody } from '../../protocol/api/runs.ts';
import type { RunnerAction } from '../../protocol/api/runners.ts';
import { isRefusalCode, refusals } from '../../protocol/errors.ts';
import { formText, type FormState } from '../components/form-edit.ts';
import type { FailureWords } from '../components/states.tsx';
import { cut } from '../format/width.ts';
import type { Span } from '../theme/span.ts';
import type { ConfirmWish, Console } from './console-context.ts';
import { argumentValue } from './new-run-argument.ts';
import { paceOf, type ManyRunners } from './new-run-many.ts';
import type { Place } from './place.ts';

/** The name of the field that stands beside the arguments; no argument can have it. */
export const REASON = 'why this run';

export interface RunTarget {
  readonly runnerId: string;
  readonly runnerName: string;
  readonly entry: RunnerAction;
  /** The runner stands for these. */
  readonly many?: ManyRunners | undefined;
}

export type Wish = { readonly body: DispatchBody } | { readonly errors: Readonly<Record<string, string>> };

/** What would be sent, or what is wrong by field. Numbers go out with the digits that were typed. */
export function wishOf({ runnerId, entry, many }: RunTarget, state: FormState): Wish {
  const args: Record<string, unknown> = {};
  const errors: Record<string, string> = {};
  for (const argument of entry.action.args) {
    const typed = argumentValue(argument, formText(state, argument.name));
    if ('error' in typed) errors[argument.name] = typed.error;
    else if ('value' in typed) args[argument.name] = typed.value;
  }
  const reason = formText(state, REASON).trim();
  if (reason === '') errors[REASON] = 'say in a few words why; it is kept with the run';
  const pace = many === undefined ? { body: {}, errors: {} } : paceOf(state);
  Object.assign(errors, pace.errors);
  if (Object.keys(errors).length > 0) return { errors };
  const target = many?.target ?? { runners: [runnerId] };
  return { body: { action_id: entry.action.id, ...target, ...pace.body, args, reason } };
}

/** Sends it; answers where its outcome is seen, or the words of the refusal. */
export async function send(
  { session, failureOf }: Pick<Console, 'session' | 'failureOf'>,
  { many }: Pick<RunTarget, 'many'>,
  body: DispatchBody,
): Promise<Place | FailureWords> {
  try {
    const operation = await session.call(dispatch, { body });
    if (many !== undefined) return { screen: 'operation', id: operation.id };
    const [result] = operation.results;
    if (result?.run !== null && result?.run !== undefined) return { screen: 'run', id: result.run.id };
    return (
      result?.refusal ?? {
        code: 'internal',
        detail: 'The control plane answered no run',
        fix: 'Look under Runs',
      }
    );
  } catch (error) {
    return failureOf(error);
  }
}

/** Why it cannot be sent at all now; null when it can. */
export function blockOf({ entry, many }: RunTarget): FailureWords | null {
  // What blocks one of many need not block the others: each gets its own answer.
  if (many !== undefined) return null;
  const code = entry.blocked_by;
  if (code === null) return null;
  if (!isRefusalCode(code)) return { code, detail: `Cannot dispatch: ${code}`, fix: '' };
  const { sentence, fix } = refusals[code];
  const missing = code === 'action_unavailable' ? entry.action.missing_executable : undefined;
  return { code, detail: missing === undefined ? sentence : `${sentence}: ${missing}`, fix };
}

/** The question before a high or critical action: target and arguments, each clipped at 60 characters. */
export function dangerWish(target: RunTarget, state: FormState, go: () => Promise<void>): ConfirmWish {
  const { action } = target.entry;
  const effects = action.side_effects.length > 0 ? action.side_effects.join('; ') : action.summary;
  const facts = action.args.flatMap((argument): Span[] => {
    const text = formText(state, argument.name);
    if (text === '') return [];
    return [{ text: `${argument.name} = ${argument.sensitive === true ? '••••' : cut(text, 60)}` }];
  });
  return {
    title: `Run ${action.id} on ${target.many?.name ?? target.runnerName}`,
    consequence: [`This is a ${action.risk} risk action. ${effects}`],
    facts: facts.length > 0 ? facts : [{ text: 'without arguments', tone: 'dim' }],
    verb: 'Run it',
    tone: action.risk === 'critical' ? 'danger' : 'caution',
    onConfirm: go,
  };
}
