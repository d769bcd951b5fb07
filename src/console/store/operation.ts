// A dispatch on many runners as rows: same answers together, what failed first. Pure; the screen draws it.
import type { DispatchResult, OperationDetail, Run, RunAnswer } from '../../protocol/api/runs.ts';
import { isFailure, isTerminal } from '../../protocol/run.ts';
import { byText } from './list-selector.ts';

/** Runners that stand together: with the same answer, in the same state, or refused for the same reason. */
export interface AnswerGroup {
  readonly id: string;
  /** Where it stands in the list: smaller comes first. */
  readonly rank: number;
  readonly results: readonly DispatchResult[];
  /** First lines of what they printed; null while that is not known. */
  readonly lines: readonly string[] | null;
}

export interface OperationRows {
  readonly groups: readonly AnswerGroup[];
  readonly counts: Readonly<Record<ResultPart, number>>;
}

export const resultParts = ['failed', 'refused', 'running', 'waiting', 'success', 'cancelled'] as const;
export type ResultPart = (typeof resultParts)[number];

/** Where one runner of a dispatch stands. */
export function partOf({ run }: DispatchResult): ResultPart {
  if (run === null || run.status === 'denied') return 'refused';
  if (run.status === 'success' || run.status === 'cancelled') return run.status;
  if (isFailure(run.status)) return 'failed';
  return run.status === 'pending' || run.status === 'pending_approval' ? 'waiting' : 'running';
}

/** The results with what the stream told of their runs since. */
export function latestResults(
  operation: Pick<OperationDetail, 'results'>,
  live: ReadonlyMap<string, Run>,
): DispatchResult[] {
  return operation.results.map((result) => {
    const run = result.run === null ? undefined : live.get(result.run.id);
    return run === undefined ? result : { ...result, run };
  });
}

/** How many of its runs have ended: what was printed is worth asking for anew when this grows. */
export function finishedCount(results: readonly DispatchResult[]): number {
  return results.filter(({ run }) => run !== null && isTerminal(run.status)).length;
}

export function operationRows(
  results: readonly DispatchResult[],
  answers: ReadonlyMap<string, RunAnswer>,
  { onlyFailed }: { onlyFailed: boolean },
): OperationRows {
  const counts = { failed: 0, refused: 0, running: 0, waiting: 0, success: 0, cancelled: 0 };
  for (const result of results) counts[partOf(result)] += 1;
  const shown = onlyFailed
    ? results.filter((result) => ['failed', 'refused'].includes(partOf(result)))
    : results;
  const groups = [...Map.groupBy(shown, (result) => groupKey(result, answers))].map(
    ([id, members]): AnswerGroup => ({
      id,
      rank: members[0] === undefined ? 0 : resultParts.indexOf(partOf(members[0])),
      results: members.toSorted((a, b) => byText(a.runner_name, b.runner_name)),
      lines: answers.get(members[0]?.run?.id ?? '')?.lines ?? null,
    }),
  );
  // Within a part the odd ones first: what most runners say is what one expects.
  groups.sort(
    (a, b) => a.rank - b.rank || a.results.length - b.results.length || byText(nameOf(a), nameOf(b)),
  );
  return { groups, counts };
}

function groupKey(
  { run, refusal, runner_id }: DispatchResult,
  answers: ReadonlyMap<string, RunAnswer>,
): string {
  if (run === null) return `refused ${refusal?.code ?? ''} ${refusal?.detail ?? ''}`;
  const digest = answers.get(run.id)?.digest;
  if (digest !== undefined) return `answer ${digest}`;
  // An ended run whose answer is still being read stands alone; those under way stand together by state.
  return isTerminal(run.status) ? `run ${runner_id}` : `state ${run.waits_turn ? 'waits' : run.status}`;
}

function nameOf({ results }: AnswerGroup): string {
  return results[0]?.runner_name ?? '';
}
