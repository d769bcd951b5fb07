// The real program in a process of its own, with an environment built from nothing.
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { compiledSources } from '../support/compiled-sources.ts';
import { until } from './until.ts';

const program = fileURLToPath(new URL('../../src/runner/main.ts', import.meta.url));

export class RunnerProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  err = '';
  out = '';

  constructor(argv: readonly string[], env: Record<string, string>) {
    this.child = spawn(process.execPath, [program, ...argv], {
      env: { PATH: process.env['PATH'] ?? '', ...compiledSources, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.child.stdout?.on('data', (text: Buffer) => (this.out += text.toString()));
    this.child.stderr?.on('data', (text: Buffer) => (this.err += text.toString()));
    this.ended = new Promise((resolve) => {
      this.child.on('close', (code, signal) => resolve({ code, signal }));
    });
  }

  /** Waits until standard error says it. */
  async says(text: string): Promise<void> {
    await until(() => this.err.includes(text), `"${text}" in:\n${this.err}`, 10_000);
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.child.kill(signal);
    await this.ended;
  }
}
