// A program for dispatch-log-crash.test.ts: works on a dispatch log as fast as it can, and says on standard
// output what it was promised, until it is killed.
import { writeSync } from 'node:fs';
import { DispatchLog } from '../../../src/runner/link/dispatch-log.ts';

const [path = '', prefix = ''] = process.argv.slice(2);
const log = await DispatchLog.open(path);
const say = (line: string) => writeSync(1, `${line}\n`);

async function work(worker: number): Promise<void> {
  for (let n = 0; ; n += 1) {
    const id = `${prefix}_${worker}_${n}`;
    await log.reserve(id, 'a'.repeat(64));
    say(`reserved ${id}`);
    await log.complete({
      type: 'action_result',
      protocol_version: 1,
      request_id: id,
      status: 'success',
      exit_code: 0,
      duration_ms: 1,
      event_id: 'evt_1',
    });
    say(`completed ${id}`);
    if (n % 2 === 0) log.acknowledge(id);
  }
}

await Promise.all([1, 2, 3].map(work));
