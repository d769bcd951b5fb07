// What it costs to load and validate the packs of a large host, and to hash them again, beside the bare work:
// reading the same files and parsing them as YAML. Each in a fresh process, as when a runner starts.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { programEnvironment } from '../support/program.ts';
import { temporaryFolder } from '../support/pack-builder.ts';
import { writeManyPacks } from './many-packs.ts';
import { median, type Benchmark } from './measure.ts';

const PACKS = 60;
const ACTIONS = 1_000;
const ROUNDS = 7;

export const packsBenchmark: Benchmark = {
  name: 'packs',
  about: `loading, validating and hashing ${PACKS} packs with ${ACTIONS} actions`,
  run: () => {
    using folder = temporaryFolder('emisar-bench-');
    writeManyPacks(folder.path, PACKS, ACTIONS);
    const took = { load: [] as number[], hash: [] as number[], parse: [] as number[] };
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const mode of ['parse', 'load', 'hash'] as const) took[mode].push(measured(mode, folder.path));
    }
    const reference = { what: 'reading and parsing the same YAML', value: median(took.parse) };
    const [load, hash] = [median(took.load), median(took.hash)];
    return Promise.resolve([
      {
        measure: 'packs.load',
        value: load,
        unit: 'ms',
        reference,
        goal: 'under 1,000 ms',
        met: load < 1_000,
      },
      { measure: 'packs.hash', value: hash, unit: 'ms', reference, goal: 'under 100 ms', met: hash < 100 },
    ]);
  },
};

function measured(mode: string, path: string): number {
  const script = fileURLToPath(new URL('packs-cold.ts', import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, mode, path], {
    env: programEnvironment(),
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return Number(stdout);
}
