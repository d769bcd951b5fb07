// Many small writes of one moment as one transaction. A fleet that reconnects at once would otherwise wait for
// one sync to disk a runner.
import type { Database, Tx } from './database.ts';

/** Works of one transaction, so that it does not hold up the event loop for long. */
const MAX_GROUP = 200;

interface Waiting {
  work: (tx: Tx) => Promise<unknown>;
  resolve: (result: unknown) => void;
  reject: (error: unknown) => void;
}

export interface GroupedWrites {
  /**
   * Like `database.write`, in a transaction shared with others of the same moment. `work` may run twice: when
   * one of a group fails, none of it is kept and each is run again alone, so that only the culprit fails.
   */
  write<Result>(work: (tx: Tx) => Promise<Result>): Promise<Result>;
}

export function createGroupedWrites(database: Database): GroupedWrites {
  let waiting: Waiting[] = [];
  let isFlushing = false;

  const flush = async () => {
    while (waiting.length > 0) {
      const group = waiting.slice(0, MAX_GROUP);
      waiting = waiting.slice(MAX_GROUP);
      await writeGroup(database, group);
    }
    isFlushing = false;
  };
  return {
    write: (work) =>
      new Promise((resolve, reject) => {
        waiting.push({ work, resolve: resolve as Waiting['resolve'], reject });
        if (isFlushing) return;
        isFlushing = true;
        // After everything that has arrived in this turn, so that it goes together.
        setImmediate(() => void flush());
      }),
  };
}

async function writeGroup(database: Database, group: readonly Waiting[]): Promise<void> {
  try {
    const results = await database.write(async (tx) => {
      const done: unknown[] = [];
      for (const { work } of group) done.push(await work(tx));
      return done;
    });
    group.forEach(({ resolve }, index) => resolve(results[index]));
  } catch (error) {
    const [only] = group;
    if (only && group.length === 1) return only.reject(error);
    for (const one of group) await database.write(one.work).then(one.resolve, one.reject);
  }
}
