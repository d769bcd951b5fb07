// Output as text for the clipboard, and structured output as lines.
import { buildLog, emptyOutput, type OutputLog } from '../store/output-log.ts';
import { lineAt, lineTotal } from '../store/run-output.ts';
import type { Stream } from './run-rows.ts';

/** Terminals take 74,994 base64 characters by OSC 52; that many bytes of text fit. */
export const CLIPBOARD_MAX_BYTES = 56_000;

/** The last whole lines that a clipboard takes, neutralised, without padding or breaks of ours (T33). */
export function outputTail(
  log: OutputLog,
  stream: Stream | undefined,
): { text: string; lines: number; isAll: boolean } {
  const kept: string[] = [];
  let room = CLIPBOARD_MAX_BYTES;
  for (let index = lineTotal(log) - 1; index >= 0; index -= 1) {
    const line = lineAt(log, index);
    if (line?.kind !== 'text' || (stream !== undefined && line.stream !== stream)) continue;
    room -= Buffer.byteLength(line.text) + 1;
    if (room < 0) return { text: textOf(kept), lines: kept.length, isAll: false };
    kept.push(line.text);
  }
  return { text: textOf(kept), lines: kept.length, isAll: !log.moreBefore };
}

function textOf(reversed: string[]): string {
  return reversed
    .reverse()
    .map((line) => `${line}\n`)
    .join('');
}

const logs = new WeakMap<object, OutputLog>();

/** Structured output as the lines of its JSON; the same log for the same value. */
export function structuredLog(value: unknown, at: string): OutputLog {
  if (value === null || value === undefined) return emptyOutput();
  const key = typeof value === 'object' ? value : null;
  const known = key === null ? undefined : logs.get(key);
  if (known !== undefined) return known;
  const log = buildLog(
    [{ seq: 1, stream: 'stdout', chunk: `${JSON.stringify(value, null, 2)}\n`, at }],
    false,
    false,
  );
  if (key !== null) logs.set(key, log);
  return log;
}
