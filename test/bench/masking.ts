// How fast output goes through all built-in masking rules, as an action's output does: in pieces of a pipe's
// size on one core. Beside it the bare reading of the same bytes: a UTF-8 decode, and `cat` through a pipe.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRedactionStream } from '../../src/packs/redaction-stream.ts';
import { compileRedaction } from '../../src/packs/redaction.ts';
import { temporaryFolder } from '../support/pack-builder.ts';
import { logText } from './log-text.ts';
import { median, type Benchmark } from './measure.ts';

const SIZE_BYTES = 32_000_000;
const PIECE_BYTES = 65_536;
const ROUNDS = 5;
const GOAL = 30;

export const maskingBenchmark: Benchmark = {
  name: 'masking',
  about: 'log-like text through all built-in masking rules, on one core',
  run: async () => {
    using folder = temporaryFolder('emisar-bench-');
    const text = logText(SIZE_BYTES);
    const file = join(folder.path, 'log');
    writeFileSync(file, text);
    const masked: number[] = [];
    const decoded: number[] = [];
    const copied: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      masked.push(
        speed(
          text,
          cpuTime(() => mask(text)),
        ),
      );
      decoded.push(
        speed(
          text,
          cpuTime(() => decode(text)),
        ),
      );
      copied.push(speed(text, await timed(() => cat(file))));
    }
    const value = median(masked);
    const measure = {
      value,
      unit: 'MB/s',
      goal: `at least ${GOAL} MB/s`,
      met: value >= GOAL,
    };
    return [
      {
        ...measure,
        measure: 'masking.builtin_rules',
        reference: { what: 'a plain UTF-8 decode', value: median(decoded) },
      },
      {
        ...measure,
        measure: 'masking.builtin_rules',
        reference: { what: 'cat through a pipe', value: median(copied) },
      },
    ];
  },
};

function mask(text: Buffer): void {
  const stream = createRedactionStream(compileRedaction());
  let passed = 0;
  for (const piece of pieces(text)) passed += stream.push(piece).length;
  passed += stream.end().length;
  if (passed === 0 || stream.counts().length < 3) throw new Error('nothing was masked');
}

function decode(text: Buffer): void {
  const decoder = new TextDecoder();
  let length = 0;
  for (const piece of pieces(text)) length += decoder.decode(piece, { stream: true }).length;
  if (length === 0) throw new Error('nothing was decoded');
}

function cat(file: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('cat', [file], { stdio: ['ignore', 'pipe', 'ignore'] });
    child.on('error', reject);
    child.stdout.on('data', () => {}).on('end', resolve);
  });
}

function* pieces(text: Buffer): Generator<Buffer> {
  for (let at = 0; at < text.length; at += PIECE_BYTES) yield text.subarray(at, at + PIECE_BYTES);
}

function speed(text: Buffer, tookMs: number): number {
  return text.length / 1_000 / tookMs;
}

/** What one core needs for it: all threads' time together, and none in which others had the core. */
function cpuTime(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

async function timed(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
