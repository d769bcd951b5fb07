// A started program whose output a test waits for instead of sleeping.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcess;
  /** Resolves when `text` has appeared on stdout; rejects when the program ends first. */
  shown(text: string): Promise<void>;
  ended(): Promise<Ended>;
}

export function startProgram(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Started {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const closed = once(child, 'close').then(([code, signal]): Ended => ({ code, signal, stdout, stderr }));
  return {
    child,
    ended: () => closed,
    async shown(text) {
      while (!stdout.includes(text)) {
        const next = await Promise.race([once(child.stdout, 'data'), closed]);
        if (!Array.isArray(next) && !stdout.includes(text))
          throw new Error(`ended without "${text}": ${stdout}${stderr}`);
      }
    },
  };
}

export async function runProgram(...call: Parameters<typeof startProgram>): Promise<Ended> {
  return await startProgram(...call).ended();
}
