// Something hot during a start, and again after it; started with --trace-opt, V8 says what it compiles meanwhile.
import { runQuick, runSmall } from '../../../src/runner/host/memory.ts';

function hot(): number {
  let sum = 0;
  for (let turn = 0; turn < 300_000; turn += 1) sum = (sum * 31 + turn) | 0;
  return sum;
}

runSmall();
for (let turn = 0; turn < 20; turn += 1) hot();
process.stdout.write('started\n');
process.stdout.write('-- later --\n');
runQuick();
for (let turn = 0; turn < 200; turn += 1) hot();
