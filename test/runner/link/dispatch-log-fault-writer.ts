// `node dispatch-log-fault-writer.ts PATH`: works on a dispatch log and says what it was promised; dies where
// fault-points.ts is told to. Says what the operations were when it does not.
import { writeSync } from 'node:fs';
import { operations } from '../../support/fault-points.ts';

const { DispatchLog } = await import('../../../src/runner/link/dispatch-log.ts');
const [path = ''] = process.argv.slice(2);
const log = await DispatchLog.open(path);
for (const id of ['new_1', 'new_2']) {
  await log.reserve(id, 'a'.repeat(64));
  writeSync(1, `reserved ${id}\n`);
  if (id === 'new_2') break;
  await log.complete({
    type: 'action_result',
    protocol_version: 1,
    request_id: id,
    status: 'success',
    exit_code: 0,
    duration_ms: 1,
    event_id: 'evt_1',
  });
  writeSync(1, `completed ${id}\n`);
  log.acknowledge(id);
}
await log.close();
writeSync(1, `operations ${operations.join(',')}\n`);
