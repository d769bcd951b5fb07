// What it costs to ask the console for its version, beside the same Node doing nothing.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { programEnvironment, repository } from '../support/program.ts';
import { median, type Benchmark } from './measure.ts';

const PAIRS = 25;

export const launcherBenchmark: Benchmark = {
  name: 'launcher',
  about: 'emisar-console --version beside node -e 0',
  run: async () => {
    const own: number[] = [];
    const bare: number[] = [];
    for (let pair = 0; pair < PAIRS; pair += 1) {
      own.push(timeOf([join(repository, 'bin/emisar-console.js'), '--version']));
      bare.push(timeOf(['-e', '0']));
    }
    const value = median(own);
    const reference = { what: 'node -e 0', value: median(bare) };
    return [
      {
        measure: 'launcher.version',
        value,
        unit: 'ms',
        reference,
        goal: 'at most 2×',
        met: value <= 2 * reference.value,
      },
    ];
  },
};

function timeOf(words: string[]): number {
  const started = performance.now();
  const { status } = spawnSync(process.execPath, words, { env: programEnvironment(), stdio: 'ignore' });
  if (status !== 0) throw new Error(`${words.join(' ')} ended with ${status}`);
  return performance.now() - started;
}
