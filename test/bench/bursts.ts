// Eight runs that print 5 MB a second each, all at once, up to their caps: half of them stop exactly there, the
// others go one byte further. Everything up to the cap must be stored, and only what was cut be called cut.
import { createHash } from 'node:crypto';
import { getRunOutput, type RunDetail } from '../../src/protocol/api/runs.ts';
import { startSystemFleet, type SystemFleet } from '../support/system-fleet.ts';
import { trustPending } from '../support/trust-pending.ts';
import { memoryMb } from './process-memory.ts';
import type { Benchmark } from './measure.ts';

const RUNS = 8;
const CAP_BYTES = 8 * 1024 * 1024;
const BYTES_A_SECOND = 5_000_000;
const NOMINAL_MS = (CAP_BYTES / BYTES_A_SECOND) * 1_000;
// What the runner may hold beyond its idle size: each run's output until it is acknowledged, the frames on
// their way, and the copies that the collector has not seen yet.
const MEMORY_GOAL_MB = 350;

const line = 'INFO http: GET /api/v1/items?limit=100 200 31ms bytes=5123 worker=7 request done\n';
// Prints its first argument's number of bytes in the given rhythm; a full pipe holds it back, as any program.
const printer = `const [, , length] = process.argv;
const line = ${JSON.stringify(line)};
const step = Buffer.from(line.repeat(Math.ceil(${BYTES_A_SECOND} / 20 / line.length)));
let left = Number(length);
const timer = setInterval(() => {
  const part = step.subarray(0, left);
  left -= part.length;
  require('node:fs').writeSync(1, part);
  if (left === 0) clearInterval(timer);
}, 50);
`;

export const burstsBenchmark: Benchmark = {
  name: 'bursts',
  about: `${RUNS} runs of 5 MB/s at once, each to its cap`,
  run: async () => {
    await using fleet = await startSystemFleet();
    const runner = fleet.startRunner('host', { key: await fleet.mintKey(), pack: { actions: [action] } });
    await fleet.whenRunner((each) => each.packs_pending === 1);
    await trustPending(fleet.api);
    const idleMb = memoryMb(runner.pid, 'VmRSS');
    const cloudIdleMb = memoryMb(fleet.cloud().pid, 'VmRSS');
    const started = performance.now();
    const lengths = Array.from({ length: RUNS }, (_, run) => CAP_BYTES + (run % 2));
    const ids = await Promise.all(lengths.map((length) => startOne(fleet, length)));
    const runs = await Promise.all(ids.map((id) => fleet.whenFinished(id, 120_000)));
    const tookMs = performance.now() - started;
    let complete = 0;
    for (const run of runs) complete += (await isComplete(fleet, run)) ? 1 : 0;
    const flagged = runs.filter((run, at) => run.stdout_truncated === (lengths[at] !== CAP_BYTES)).length;
    const peakMb = memoryMb(runner.pid, 'VmHWM');
    return [
      {
        measure: 'bursts.complete_to_cap',
        value: complete,
        unit: 'runs',
        reference: { what: 'runs that were started', value: RUNS },
        goal: 'all of them',
        met: complete === RUNS,
      },
      {
        measure: 'bursts.truncation_flag_exact',
        value: flagged,
        unit: 'runs',
        reference: { what: 'runs that were started', value: RUNS },
        goal: 'all of them',
        met: flagged === RUNS,
      },
      {
        measure: 'bursts.time',
        value: tookMs,
        unit: 'ms',
        reference: { what: 'the printers alone, never held back', value: NOMINAL_MS },
        goal: 'reported',
        met: true,
      },
      {
        measure: 'bursts.runner_peak_memory',
        value: peakMb,
        unit: 'MB',
        reference: { what: 'the same runner idle', value: idleMb },
        goal: `at most ${MEMORY_GOAL_MB} MB`,
        met: peakMb <= MEMORY_GOAL_MB,
      },
      {
        measure: 'bursts.cloud_peak_memory',
        value: memoryMb(fleet.cloud().pid, 'VmHWM'),
        unit: 'MB',
        reference: { what: 'the same control plane idle', value: cloudIdleMb },
        goal: 'reported',
        met: true,
      },
    ];
  },
};

const printed = line.repeat(Math.ceil(CAP_BYTES / line.length)).slice(0, CAP_BYTES);
const expected = createHash('sha256').update(printed).digest('hex');

const action = {
  name: 'print',
  script: printer,
  interpreter: process.execPath,
  argv: ['{{ args.length }}'],
  args: [{ name: 'length', type: 'integer', required: true }],
  timeout: '5m',
  output: { max_stdout_bytes: CAP_BYTES },
};

async function startOne(fleet: SystemFleet, length: number): Promise<string> {
  const { runId, code } = await fleet.start('demo.print', { length });
  if (runId === null) throw new Error(`the dispatch was refused: ${code}`);
  return runId;
}

/** True when what is stored is, byte for byte, what was printed up to the cap. */
async function isComplete(fleet: SystemFleet, run: RunDetail): Promise<boolean> {
  const hash = createHash('sha256');
  let after = 0;
  for (;;) {
    const query = { after_seq: after, limit: 200 };
    const { items } = await fleet.api.call(getRunOutput, { params: { id: run.id }, query });
    for (const { chunk, seq } of items) {
      hash.update(chunk);
      after = seq;
    }
    if (items.length === 0) break;
  }
  return run.output_complete === true && hash.digest('hex') === expected;
}
