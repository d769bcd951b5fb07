// A quiet runner with linux-core loaded: its memory, and the time from its start to its connection; beside it
// bare Node with ws connected. `npm run bench -- idle --minutes=10` watches as long as the promise says.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { WebSocketServer, type WebSocket } from 'ws';
import { programEnvironment, repository, type Program } from '../support/program.ts';
import { startSystemFleet, type SystemFleet } from '../support/system-fleet.ts';
import { memoryMb } from './process-memory.ts';
import { median, type Benchmark } from './measure.ts';

const STARTS = 7;
const LOOKS = 10;
/** After this the start is over: packs are read and what reading them needed was given back. */
const SETTLED_MS = 15_000;

export const idleBenchmark: Benchmark = {
  name: 'idle',
  about: 'memory of a quiet runner, and its start; --minutes=N watches longer than one minute',
  run: async () => {
    const minutes = minutesAsked();
    await using fleet = await startSystemFleet();
    cpSync(join(repository, 'packs/linux-core'), join(fleet.folder, 'host/packs/linux-core'), {
      recursive: true,
    });
    await using bare = await startBare();
    const key = await fleet.mintKey();
    const first = await connected(fleet, key);
    await first.program.stop();
    const starts: number[] = [];
    const bareStarts: number[] = [];
    for (let start = 0; start < STARTS; start += 1) {
      const again = await connected(fleet, null);
      starts.push(again.tookMs);
      await again.program.stop();
      bareStarts.push(await bare.startOnce());
    }
    const { program } = await connected(fleet, null);
    await pause(SETTLED_MS);
    const settledMb = memoryMb(program.pid, 'VmRSS');
    const looks: number[] = [];
    for (let look = 0; look < LOOKS; look += 1) {
      await pause((minutes * 60_000) / LOOKS);
      looks.push(memoryMb(program.pid, 'VmRSS'));
    }
    const value = looks.at(-1) ?? Number.NaN;
    const bareMb = bare.memoryMb();
    const bareMs = median(bareStarts);
    return [
      {
        measure: 'idle.memory',
        value,
        unit: 'MB',
        reference: { what: 'bare node with ws connected', value: bareMb },
        goal: `at most 1.3× after ten minutes (after ${minutes} here)`,
        met: value <= 1.3 * bareMb,
      },
      {
        measure: 'idle.memory_trend',
        value: value - settledMb,
        unit: 'MB',
        reference: { what: 'at the beginning of the watch', value: settledMb },
        goal: 'at most 2 MB more',
        met: value - settledMb <= 2,
      },
      {
        measure: 'idle.start_to_connected',
        value: median(starts),
        unit: 'ms',
        reference: { what: 'bare node with ws', value: bareMs },
        goal: 'at most 3×',
        met: median(starts) <= 3 * bareMs,
      },
    ];
  },
};

function minutesAsked(): number {
  const word = process.argv.find((each) => each.startsWith('--minutes='));
  return word === undefined ? 1 : Number(word.slice('--minutes='.length));
}

/** From the spawn to the line in which the runner says that it is connected. */
async function connected(
  fleet: SystemFleet,
  key: string | null,
): Promise<{ program: Program; tookMs: number }> {
  const started = performance.now();
  const program = fleet.startRunner('host', { key });
  await new Promise<void>((resolve, reject) => {
    program.child.stderr?.on('data', () => {
      if (/connected/.test(program.stderr())) resolve();
    });
    program.child.once('exit', () => reject(new Error(program.stderr())));
  });
  return { program, tookMs: performance.now() - started };
}

interface Bare extends AsyncDisposable {
  /** From the spawn to the connection at the server. */
  startOnce(): Promise<number>;
  /** Of the one that stays connected. */
  memoryMb(): number;
}

async function startBare(): Promise<Bare> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const script = fileURLToPath(new URL('bare-socket.mjs', import.meta.url));
  const start = async () => {
    const at = server.address();
    const url = `ws://127.0.0.1:${typeof at === 'object' ? at?.port : ''}`;
    const child = spawn(process.execPath, [script, url], { env: programEnvironment(), stdio: 'ignore' });
    const [socket] = (await once(server, 'connection')) as [WebSocket];
    return { child, socket };
  };
  const { child } = await start();
  return {
    startOnce: async () => {
      const startedAt = performance.now();
      const { child: other, socket } = await start();
      const tookMs = performance.now() - startedAt;
      const ended = once(other, 'exit');
      socket.terminate();
      await ended;
      return tookMs;
    },
    memoryMb: () => memoryMb(child.pid ?? 0, 'VmRSS'),
    [Symbol.asyncDispose]: async () => {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
      server.close();
    },
  };
}
