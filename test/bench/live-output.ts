// From the moment at which a program prints a line to its arrival at a stream client: program, runner, control
// plane, client on loopback. Lines come once a second, as a person watches them, and then fast. Beside it the
// same program read directly through a pipe.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { temporaryFolder } from '../support/pack-builder.ts';
import { createPrompt, promptedAction, promptedScript } from '../support/prompted-script.ts';
import { viewRun } from '../support/run-viewer.ts';
import { startSystemFleet, type SystemFleet } from '../support/system-fleet.ts';
import { trustPending } from '../support/trust-pending.ts';
import { median, percentile, type Benchmark, type Measure } from './measure.ts';

const GOAL_MS = 300;
const body = 'echo "heard $word"';
const rhythms = [
  { name: 'a_second', lines: 20, gapMs: 1_000 },
  { name: 'fast', lines: 200, gapMs: 10 },
] as const;

export const liveOutputBenchmark: Benchmark = {
  name: 'live',
  about: 'from a printed line to the stream client, at one line a second and fast',
  run: async () => {
    await using fleet = await startSystemFleet();
    fleet.startRunner('host', {
      key: await fleet.mintKey(),
      pack: { actions: [promptedAction('echo', body)] },
    });
    await fleet.whenRunner((each) => each.packs_pending === 1);
    await trustPending(fleet.api);
    const measures: Measure[] = [];
    for (const { name, lines, gapMs } of rhythms) {
      const live = await measured(lines, gapMs, (folder) => throughFleet(fleet, folder));
      const direct = await measured(lines, gapMs, readDirectly);
      const reference = { what: 'the program read through a pipe', value: percentile(direct, 0.95) };
      const p95 = percentile(live, 0.95);
      measures.push(
        {
          measure: `live.${name}_p50`,
          value: median(live),
          unit: 'ms',
          reference: { ...reference, value: median(direct) },
          goal: 'reported',
          met: true,
        },
        {
          measure: `live.${name}_p95`,
          value: p95,
          unit: 'ms',
          reference,
          goal: `under ${GOAL_MS} ms`,
          met: p95 < GOAL_MS,
        },
      );
    }
    return measures;
  },
};

/** Something that shows a program's output: resolves with the moment at which the text is there. */
interface Reader extends AsyncDisposable {
  sees(text: string): Promise<number>;
}

async function measured(
  lines: number,
  gapMs: number,
  open: (promptPath: string) => Promise<Reader>,
): Promise<number[]> {
  using folder = temporaryFolder('emisar-bench-');
  await using prompt = createPrompt(folder.path, 'prompt');
  await using reader = await open(prompt.path);
  await prompt.say('warm');
  await reader.sees('heard warm\n');
  const samples: number[] = [];
  for (let line = 0; line < lines; line += 1) {
    await pause(gapMs);
    const saidAt = performance.now();
    await prompt.say(`line-${line}`);
    samples.push((await reader.sees(`heard line-${line}\n`)) - saidAt);
  }
  await prompt.end();
  return samples;
}

async function throughFleet(fleet: SystemFleet, prompt: string): Promise<Reader> {
  const { runId, code } = await fleet.start('demo.echo', { prompt });
  if (runId === null) throw new Error(`the dispatch was refused: ${code}`);
  return viewRun(fleet, runId);
}

function readDirectly(prompt: string): Promise<Reader> {
  const script = `${prompt}.sh`;
  writeFileSync(script, promptedScript(body));
  const child = spawn('/bin/sh', [script, prompt], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  const waiting = new Set<() => void>();
  child.stdout.on('data', (bytes: Buffer) => {
    text += bytes.toString();
    for (const look of waiting) look();
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return Promise.resolve({
    sees: (wanted: string) =>
      new Promise<number>((resolve) => {
        const look = (): void => {
          if (!text.includes(wanted)) return;
          waiting.delete(look);
          resolve(performance.now());
        };
        waiting.add(look);
        look();
      }),
    [Symbol.asyncDispose]: async () => {
      child.kill();
      await ended;
    },
  });
}
