// What the console costs: its first frame, and a screen over 5,000 runners, busy and quiet.
import { fork, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { repository, runBin } from '../support/program.ts';
import { startPty, type Pty } from '../support/pty.ts';
import { startSystemFleet, type SystemFleet } from '../support/system-fleet.ts';
import { median, percentile, type Benchmark, type Measure } from './measure.ts';

const RUNNERS = 5_000;
const EVENTS_PER_SECOND = 200;
const KEYS = 80;
const BUSY_MS = 15_000;
const QUIET_MS = 60_000;

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

export const firstFrameBenchmark: Benchmark = {
  name: 'first-frame',
  about: 'emisar-console to its first frame on a running control plane',
  run: async () => {
    await using fleet = await startSystemFleet();
    fleet.startRunner('host', { key: await fleet.mintKey() });
    await fleet.whenRunner((each) => each.state === 'online');
    const profiles = await signIn(fleet);
    const frames: number[] = [];
    const rows: number[] = [];
    const bare: number[] = [];
    for (let turn = 0; turn < 10; turn += 1) {
      const started = performance.now();
      await using screen = openConsole(profiles);
      await screen.shows(/emisar/);
      frames.push(performance.now() - started);
      await screen.shows(/● online/);
      rows.push(performance.now() - started);
      bare.push(timeOfBareNode());
    }
    rmSync(profiles, { recursive: true });
    const reference = { what: 'node -e 0', value: median(bare) };
    return [
      {
        measure: 'console.first_frame',
        value: median(frames),
        unit: 'ms',
        reference,
        goal: 'within 1,000 ms',
        met: median(frames) < 1000,
      },
      {
        measure: 'console.first_live_row',
        value: median(rows),
        unit: 'ms',
        reference,
        goal: 'reported',
        met: true,
      },
    ];
  },
};

export const loadBenchmark: Benchmark = {
  name: 'load',
  about: '5,000 runners at 120×40: keys under 200 events a second, then heartbeats only for a minute',
  run: async () => {
    await using fleet = await startSystemFleet();
    const simulated = await simulate(fleet);
    const profiles = await signIn(fleet);
    try {
      await using screen = openConsole(profiles);
      await screen.shows(/of 5,000|5,000/, 30_000);
      const idleKeys = await keyLatencies(screen);
      simulated.send({ changesPerSecond: EVENTS_PER_SECOND });
      await pause(2_000);
      const busyKeys = await keyLatencies(screen);
      const busy = await watch(screen, BUSY_MS);
      simulated.send({ changesPerSecond: 0 });
      await pause(3_000);
      const quiet = await watch(screen, QUIET_MS);
      return measuresOf(idleKeys, busyKeys, busy, quiet);
    } finally {
      simulated.disconnect();
      rmSync(profiles, { recursive: true });
    }
  },
};

function measuresOf(idleKeys: number[], busyKeys: number[], busy: Watched, quiet: Watched): Measure[] {
  const p95 = percentile(busyKeys, 0.95);
  const idleP95 = percentile(idleKeys, 0.95);
  return [
    {
      measure: 'console.key_to_paint_p95',
      value: p95,
      unit: 'ms',
      reference: { what: 'the same keys without events', value: idleP95 },
      goal: 'under 50 ms',
      met: p95 < 50,
    },
    {
      measure: 'console.busy_bytes',
      value: busy.bytesPerSecond / 1000,
      unit: 'kB/s',
      reference: { what: 'heartbeats only', value: quiet.bytesPerSecond / 1000 },
      goal: 'at most 20 kB/s',
      met: busy.bytesPerSecond <= 20_000,
    },
    {
      measure: 'console.busy_cpu',
      value: busy.cpuShare * 100,
      unit: '% of a core',
      reference: { what: 'heartbeats only', value: quiet.cpuShare * 100 },
      goal: 'reported',
      met: true,
    },
    {
      measure: 'console.quiet_frames',
      value: quiet.framesPerSecond,
      unit: '/s',
      reference: null,
      goal: 'at most 1 a second',
      met: quiet.framesPerSecond <= 1.05,
    },
    {
      measure: 'console.quiet_cpu',
      value: quiet.cpuShare * 100,
      unit: '% of a core',
      reference: null,
      goal: 'under 2 %',
      met: quiet.cpuShare < 0.02,
    },
  ];
}

async function signIn(fleet: SystemFleet): Promise<string> {
  const profiles = mkdtempSync(join(tmpdir(), 'emisar-profiles-'));
  const words = ['login', '--url', fleet.url, '--token-stdin'];
  const { code, stderr } = await runBin('emisar-console', words, {
    env: { EMISAR_CONFIG_DIR: profiles },
    input: `${fleet.token}\n`,
  });
  if (code !== 0) throw new Error(stderr);
  return profiles;
}

function openConsole(profiles: string): Pty {
  const words = [join(repository, 'bin/emisar-console.js')];
  return startPty(process.execPath, words, { columns: 120, rows: 40, env: { EMISAR_CONFIG_DIR: profiles } });
}

function timeOfBareNode(): number {
  const started = performance.now();
  spawnSync(process.execPath, ['-e', '0']);
  return performance.now() - started;
}

async function simulate(fleet: SystemFleet) {
  const key = await fleet.mintKey({ reusable: true });
  const script = fileURLToPath(new URL('simulated-runners.ts', import.meta.url));
  const child = fork(script, [fleet.url, key, String(RUNNERS)], { stdio: 'inherit' });
  await new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', () => reject(new Error('the simulated runners ended')));
  });
  return child;
}

/** From a key to the row that it moves to, on the emulated screen; spread over the frame's rhythm. */
async function keyLatencies(screen: Pty): Promise<number[]> {
  const samples: number[] = [];
  for (let turn = 0; turn < KEYS; turn += 1) {
    const before = cursorRow(screen);
    const started = performance.now();
    screen.type(turn % 20 < 10 ? 'j' : 'k');
    while (cursorRow(screen) === before) {
      if (performance.now() - started > 2_000) throw new Error(`a key was not painted:\n${screen.screen()}`);
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    samples.push(performance.now() - started);
    await pause(20 + Math.random() * 80);
  }
  return samples;
}

function cursorRow(screen: Pty): number {
  return screen.lines().findIndex((line) => line.trimStart().startsWith('▌'));
}

interface Watched {
  readonly bytesPerSecond: number;
  readonly framesPerSecond: number;
  readonly cpuShare: number;
}

async function watch(screen: Pty, ms: number): Promise<Watched> {
  const from = {
    bytes: screen.bytes(),
    frames: framesOf(screen),
    cpu: cpuSeconds(screen.pid),
    at: performance.now(),
  };
  await pause(ms);
  const seconds = (performance.now() - from.at) / 1000;
  return {
    bytesPerSecond: (screen.bytes() - from.bytes) / seconds,
    framesPerSecond: (framesOf(screen) - from.frames) / seconds,
    cpuShare: (cpuSeconds(screen.pid) - from.cpu) / seconds,
  };
}

/** A frame is one synchronized update. */
function framesOf(screen: Pty): number {
  return screen.raw().split('\u001b[?2026h').length - 1;
}

const TICKS_PER_SECOND = 100;

/** User and system time of the process that draws: the console itself, under whatever stands before it. */
function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}
