// What stands above the output of a run: why it was asked for, what exactly ran, how and why it ended.
import type { RunDetail } from '../../protocol/api/runs.ts';
import { numberLiteral } from '../../protocol/exact-json.ts';
import { isTerminal, type RunStatus } from '../../protocol/run.ts';
import { bytes } from '../format/amount.ts';
import { duration } from '../format/time.ts';
import { fit, wrap } from '../format/width.ts';
import { badge, riskTokens, runTokens } from '../theme/tokens.ts';
import type { Span, Spans } from '../theme/span.ts';

const LABEL = 11;

/** Badge and time taken, for the corner of the screen. */
export function statusSpans(
  run: Pick<RunDetail, 'status' | 'started_at' | 'duration_ms'>,
  now: number,
): Span[] {
  const token = runTokens[run.status];
  return [badge(token), { text: `  ${elapsed(run, now)}`, tone: 'dim' }];
}

export function elapsed(run: Pick<RunDetail, 'status' | 'started_at' | 'duration_ms'>, now: number): string {
  if (run.duration_ms !== null) return duration(run.duration_ms);
  if (run.started_at === null || isTerminal(run.status)) return '–';
  return duration(Math.max(0, Math.floor((now - Date.parse(run.started_at)) / 1000) * 1000));
}

export function runFacts(run: RunDetail, width: number): Spans[] {
  const room = Math.max(20, width - LABEL - 2);
  const lines: Spans[] = [
    fact('why', { text: `“${run.reason}”` }, { text: `  by ${run.requested_by}`, tone: 'dim' }),
    fact('args', ...argumentSpans(run), ...packSpans(run)),
  ];
  if (run.executed_command !== null) {
    const cutOff = run.executed_command_truncated ? ' …' : '';
    lines.push(fact('ran', { text: `${run.executed_command}${cutOff}`, tone: 'dim' }));
  }
  if (isTerminal(run.status)) lines.push(fact('ended', ...endSpans(run)));
  const tone = run.status === 'success' ? 'plain' : 'caution';
  for (const [label, text] of attention(run)) {
    wrap(text, room)
      .slice(0, 3)
      .forEach((part, index) => lines.push(fact(index === 0 ? label : '', { text: part, tone })));
  }
  return lines;
}

function fact(label: string, ...spans: Span[]): Span[] {
  return [{ text: fit(`   ${label}`, LABEL), tone: 'dim' }, ...spans];
}

function argumentSpans(run: RunDetail): Span[] {
  const pairs = Object.entries(run.args);
  if (pairs.length === 0) return [{ text: 'none', tone: 'dim' }];
  return pairs.flatMap(([name, value], index): Span[] => [
    { text: `${index === 0 ? '' : '  '}${name}=`, tone: 'dim' },
    { text: argumentText(value) },
  ]);
}

export function argumentText(value: unknown): string {
  if (typeof value === 'string') return /^[^\s"']+$/.test(value) ? value : JSON.stringify(value);
  return numberLiteral(value) ?? JSON.stringify(value) ?? '–';
}

function packSpans(run: RunDetail): Span[] {
  const risk = riskTokens[run.risk];
  return [
    { text: `   ${run.pack_id} ${run.pack_version}  `, tone: 'dim' },
    { text: risk.word, tone: run.risk === 'low' || run.risk === 'medium' ? 'dim' : risk.tone },
  ];
}

function endSpans(run: RunDetail): Span[] {
  const token = runTokens[run.status];
  const spans: Span[] = [{ text: hasExited(run) ? `exit ${run.exit_code}` : token.word, tone: token.tone }];
  if (run.duration_ms !== null) spans.push({ text: `  after ${duration(run.duration_ms)}`, tone: 'dim' });
  if (run.stdout_bytes !== null) spans.push({ text: `  stdout ${bytes(run.stdout_bytes)}`, tone: 'dim' });
  if (run.stderr_bytes !== null && run.stderr_bytes > 0)
    spans.push({ text: `  stderr ${bytes(run.stderr_bytes)}`, tone: 'dim' });
  return spans;
}

/** A process that was ended by a signal, or never started, has no code of its own. */
function hasExited({ exit_code: code }: RunDetail): boolean {
  return code !== null && code >= 0;
}

/** One block a condition that somebody can act on; silence otherwise. */
function attention(run: RunDetail): [string, string][] {
  const blocks: [string, string][] = [];
  const cause = run.cause === null ? '' : ` (${run.cause})`;
  if (run.explanation !== null) blocks.push(['because', `${run.explanation}${cause}`]);
  else if (run.cause !== null) blocks.push(['because', run.cause]);
  if (run.cancel_reason !== null) blocks.push(['cancel', run.cancel_reason]);
  else if (run.status === 'cancelling')
    blocks.push(['cancel', 'Asked the runner to stop it; its report decides how it ends']);
  if (!isTerminal(run.status) && !run.runner_online) {
    const queued = run.status === 'pending';
    blocks.push([
      'runner',
      queued
        ? 'The runner is away: this waits for it and ends after two minutes'
        : 'The runner is away: output may be partial; it ends as an error if the runner stays away two minutes',
    ]);
  }
  if (run.local_audit_failed) blocks.push(['journal', 'The journal on the host is incomplete for this run']);
  return blocks;
}

/** Remarks that belong at the end of the output. */
export function endMarks(run: RunDetail): string[] {
  const marks: string[] = [];
  const sides = [
    ['stdout', run.stdout_truncated, run.stdout_bytes],
    ['stderr', run.stderr_truncated, run.stderr_bytes],
  ] as const;
  for (const [name, isCut, size] of sides) {
    if (isCut) marks.push(`⋯ ${name} was cut at its limit; ${bytes(size)} were printed`);
  }
  if (run.output_complete === false)
    marks.push('⋯ this output is not complete: some of it was lost on the way or left out');
  return marks;
}

/** What stands in the place of output that cannot exist (yet); null when there may be some. */
export function silence(status: RunStatus): string | null {
  const words: Partial<Record<RunStatus, string>> = {
    pending: 'Waiting for the runner; nothing was printed yet',
    pending_approval: 'Held for an approval; nothing runs before it',
    sent: 'Handed to the runner; nothing was printed yet',
    denied: 'Policy denied it; nothing was executed',
    refused: 'The runner refused it; nothing was executed',
  };
  return words[status] ?? null;
}
