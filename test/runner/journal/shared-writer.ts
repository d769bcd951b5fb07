// `node shared-writer.ts PATH FIRST COUNT`: appends as `emisar action run` does beside whatever else is there.
import { shareJournal } from '../../../src/runner/journal/shared-journal.ts';
import { smallEvent } from './events.ts';

const [path = '', first = '', count = ''] = process.argv.slice(2);
const journal = shareJournal({ path, maxSizeBytes: 2_000, maxBackups: 50 });
for (let index = 0; index < Number(count); index += 1)
  await journal.append(smallEvent(Number(first) + index));
