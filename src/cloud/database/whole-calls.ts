// A call as one transaction, whatever it asks of how many doors: what it reads, what it writes and what is kept of
// its answer stand or fall together, also when the process dies.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Database, Tx } from './database.ts';

export interface WholeCalls {
  /** The same store; inside of a whole call its reads and writes belong to that call's transaction. */
  readonly database: Database;
  asOne<Result>(work: (tx: Tx) => Promise<Result>): Promise<Result>;
}

interface WholeCall {
  readonly tx: Tx;
  /** What a call leaves running behind it writes by itself. */
  isOpen: boolean;
  failure: { error: unknown } | null;
}

export function createWholeCalls(store: Database): WholeCalls {
  const calls = new AsyncLocalStorage<WholeCall>();
  const current = () => {
    const call = calls.getStore();
    return call?.isOpen === true ? call : null;
  };
  return {
    database: {
      get read() {
        return current()?.tx.sql ?? store.read;
      },
      write: (work) => {
        const call = current();
        return call ? writeInside(call, work) : store.write(work);
      },
      close: () => store.close(),
    },
    asOne: (work) =>
      store.write(async (tx) => {
        const call: WholeCall = { tx, isOpen: true, failure: null };
        try {
          const result = await calls.run(call, () => work(tx));
          // A write that failed left half of itself behind: whoever caught its error cannot keep the rest.
          if (call.failure) throw call.failure.error;
          return result;
        } finally {
          call.isOpen = false;
        }
      }),
  };
}

async function writeInside<Result>(call: WholeCall, work: (tx: Tx) => Promise<Result>): Promise<Result> {
  try {
    return await work(call.tx);
  } catch (error) {
    call.failure ??= { error };
    throw error;
  }
}
