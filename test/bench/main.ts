// `npm run bench -- [NAME…] [--json]`: every figure that the project promises, each beside a reference
// measured in the same run. Never part of the tests: a busy machine must not fail them.
import { actionsBenchmark } from './actions.ts';
import { burstsBenchmark } from './bursts.ts';
import { firstFrameBenchmark, loadBenchmark } from './console.ts';
import { dispatchBenchmark } from './dispatch.ts';
import { idleBenchmark } from './idle.ts';
import { launcherBenchmark } from './launcher.ts';
import { listBenchmark } from './list.ts';
import { liveOutputBenchmark } from './live-output.ts';
import { maskingBenchmark } from './masking.ts';
import { jsonLine, table, type Benchmark, type Measure } from './measure.ts';
import { packsBenchmark } from './packs.ts';

const benchmarks: readonly Benchmark[] = [
  launcherBenchmark,
  firstFrameBenchmark,
  dispatchBenchmark,
  loadBenchmark,
  listBenchmark,
  actionsBenchmark,
  liveOutputBenchmark,
  burstsBenchmark,
  maskingBenchmark,
  packsBenchmark,
  idleBenchmark,
];

const words = process.argv.slice(2);
const isJson = words.includes('--json');
const names = words.filter((word) => word !== '--json' && !word.startsWith('--minutes='));
const unknown = names.find((name) => !benchmarks.some((each) => each.name === name));
if (unknown !== undefined || words.includes('--help')) {
  const list = benchmarks.map((each) => `  ${each.name.padEnd(16)}${each.about}`).join('\n');
  process.stderr.write(
    `${unknown === undefined ? '' : `no benchmark is called ${unknown}\n`}benchmarks:\n${list}\n`,
  );
  process.exit(unknown === undefined ? 0 : 2);
}

const measures: Measure[] = [];
for (const benchmark of benchmarks.filter((each) => names.length === 0 || names.includes(each.name))) {
  process.stderr.write(`${benchmark.name} …\n`);
  for (const measure of await benchmark.run()) {
    measures.push(measure);
    if (isJson) process.stdout.write(`${jsonLine(measure)}\n`);
  }
}
if (!isJson) process.stdout.write(`${table(measures)}\n`);
process.exitCode = measures.every((measure) => measure.met) ? 0 : 1;
