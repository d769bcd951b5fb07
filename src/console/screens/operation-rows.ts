// A dispatch as lines: what it is about on top, then a line an answer with the runners that gave it.
import type { DispatchResult, OperationDetail } from '../../protocol/api/runs.ts';
import type { ListItem } from '../components/table.tsx';
import { plural } from '../format/amount.ts';
import { cut, fit } from '../format/width.ts';
import { partOf, resultParts, type AnswerGroup, type OperationRows } from '../store/operation.ts';
import { runTokens, type Token } from '../theme/tokens.ts';
import type { Span, Spans } from '../theme/span.ts';
import { elapsed } from './run-facts.ts';

export type OperationRow =
  | { readonly kind: 'answer'; readonly group: AnswerGroup; readonly isOpen: boolean }
  | { readonly kind: 'result'; readonly result: DispatchResult };

const partTokens: Record<(typeof resultParts)[number], Token> = {
  failed: { ...runTokens.failed, word: 'failed' },
  refused: { ...runTokens.refused, word: 'refused' },
  running: runTokens.running,
  waiting: { ...runTokens.pending, word: 'waiting' },
  success: runTokens.success,
  cancelled: runTokens.cancelled,
};

/** A group of one is its runner; the runners of an opened group stand below it. */
export function operationItems(
  { groups }: OperationRows,
  opened: ReadonlySet<string>,
): ListItem<OperationRow>[] {
  return groups.flatMap((group): ListItem<OperationRow>[] => {
    const isOpen = group.results.length > 1 && opened.has(group.id);
    const first = { kind: 'row', id: group.id, row: { kind: 'answer', group, isOpen } } as const;
    if (!isOpen) return [first];
    const members = group.results.map((result) => ({
      kind: 'row' as const,
      id: `in ${result.runner_id}`,
      row: { kind: 'result' as const, result },
    }));
    return [first, ...members];
  });
}

/** `9 ✓  1 ✗  2 ◌`, for the corner of the screen; with words where there is room, or no glyph of its own. */
export function countSpans({ counts }: OperationRows, width: number): Span[] {
  return resultParts.flatMap((part): Span[] => {
    if (counts[part] === 0) return [];
    const { glyph, tone, word } = partTokens[part];
    const withWord = width >= 110 || part === 'refused' || part === 'cancelled';
    return [{ text: withWord ? `  ${counts[part]} ${word}` : `  ${counts[part]} ${glyph}`, tone }];
  });
}

export function operationFacts(operation: OperationDetail): Spans[] {
  const dim = (text: string): Span => ({ text, tone: 'dim' });
  const { max_parallel: atOnce, stop_after_failures: stop } = operation;
  const pace = [
    atOnce === null ? '' : `${atOnce} at once`,
    stop === null ? '' : `stops after ${plural(stop, 'failure')}`,
  ].filter((text) => text !== '');
  return [
    [
      dim('   why        '),
      { text: `“${operation.reason}”` },
      dim(`  by ${operation.requested_by}`),
      dim(pace.length === 0 ? '' : `   ${pace.join(', ')}`),
    ],
  ];
}

const NAMES = 22;
const STATE = 12;

/** One line: state, who, and how what they said begins. */
export function operationSpans(row: OperationRow, width: number, now: number): Spans {
  const result = row.kind === 'result' ? row.result : row.group.results[0];
  if (result === undefined) return '';
  const { glyph, tone } = partTokens[partOf(result)];
  const isMember = row.kind === 'result';
  const names = row.kind === 'result' ? result.runner_name : namesOf(row.group);
  const said = saidBy(result, row.kind === 'result' ? null : row.group.lines);
  const used = 2 + NAMES + 2 + STATE + 2;
  return [
    { text: isMember ? '  ' : `${glyph} `, tone },
    { text: fit(cut(names, NAMES, 'middle'), NAMES), bold: !isMember },
    { text: `  ${fit(stateOf(result, now), STATE)}  `, tone },
    { text: fit(said.text, Math.max(8, width - used)), tone: said.isRemark ? 'dim' : 'plain' },
  ];
}

/** `web-01 +8` */
function namesOf({ results }: AnswerGroup): string {
  const [first] = results;
  const others = results.length - 1;
  return `${first?.runner_name ?? ''}${others > 0 ? ` +${others}` : ''}`;
}

function stateOf(result: DispatchResult, now: number): string {
  const { run } = result;
  if (run === null) return 'refused';
  if (run.status === 'success' || run.status === 'failed') return `exit ${run.exit_code ?? '–'}`;
  if (run.waits_turn) return 'its turn';
  const time = elapsed(run, now);
  return time === '–' ? runTokens[run.status].word : `${runTokens[run.status].word} ${time}`;
}

function saidBy(
  { run, refusal }: DispatchResult,
  lines: readonly string[] | null,
): { text: string; isRemark: boolean } {
  if (refusal !== null) return { text: refusal.detail, isRemark: true };
  if (run === null) return { text: '', isRemark: true };
  const [line] = lines ?? [];
  if (line !== undefined) return { text: line, isRemark: false };
  if (run.waits_turn) return { text: 'starts when another one ends', isRemark: true };
  const hasExited = run.status === 'success' || run.status === 'failed';
  return { text: hasExited && lines !== null ? 'printed nothing' : '', isRemark: true };
}
