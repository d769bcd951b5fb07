// Appends to a journal until it is killed: `node journal-writer.ts PATH MAX_SIZE FIRST`. Prints the number of
// each event once it was acknowledged.
import { openJournal } from '../../../src/runner/journal/journal.ts';
import { smallEvent } from './events.ts';

const [path = '', maxSizeBytes = '', first = ''] = process.argv.slice(2);
const journal = await openJournal({ path, maxSizeBytes: Number(maxSizeBytes), maxBackups: 500 });
for (let index = Number(first); ; index += 4) {
  const numbers = [index, index + 1, index + 2, index + 3];
  await Promise.all(
    numbers.map((number) =>
      journal.append(smallEvent(number)).then(() => process.stdout.write(`${number}\n`)),
    ),
  );
}
