// `node journal-fault-writer.ts PATH`: appends three events, with a rotation between them, and says which ones
// were acknowledged; dies where fault-points.ts is told to. Says what the operations were when it does not.
import { writeSync } from 'node:fs';
import { operations } from '../../support/fault-points.ts';
import { smallEvent } from './events.ts';

const { openJournal } = await import('../../../src/runner/journal/journal.ts');
const [path = ''] = process.argv.slice(2);
const journal = await openJournal({ path, maxSizeBytes: 700, maxBackups: 2 });
for (const number of [101, 102, 103]) {
  await journal.append(smallEvent(number));
  writeSync(1, `event ${number}\n`);
}
await journal.close();
writeSync(1, `operations ${operations.join(',')}\n`);
