// Reads what other nodes' transactions had to tell, in order, each once: at a bell, and once a second without one.
import type { Bus } from '../database/bus.ts';
import type { Database } from '../database/database.ts';
import type { NewsHint } from './shared-outbox.ts';
import { newsEnds, selectNews } from './store.ts';

export interface NewsReader {
  /** What is told from now on. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

const LOOKED_EVERY_MS = 1_000;
const ROWS_AT_ONCE = 500;

export function createNewsReader(parts: {
  database: Database;
  nodeId: string;
  bus: Bus;
  /** The hints of one transaction of another node. */
  take(hints: readonly NewsHint[]): Promise<void>;
  /** Some were let go before they were read here. */
  missed(): void;
  report(error: unknown, where: string): void;
}): NewsReader {
  const { database, nodeId, bus, report } = parts;
  let position = 0;
  let reading: Promise<void> | null = null;
  let isRungAgain = false;
  let isStopped = false;
  let timer: NodeJS.Timeout | null = null;

  async function readAll(): Promise<void> {
    do {
      isRungAgain = false;
      const { oldest } = await newsEnds(database.read);
      // A number that a failed commit took looks the same, once in a while: then looking anew is for nothing.
      if (position > 0 && oldest > position + 1) parts.missed();
      for (;;) {
        const rows = await selectNews(database.read, position, ROWS_AT_ONCE);
        for (const row of rows) {
          position = row.position;
          if (row.node_id !== nodeId) await parts.take(JSON.parse(row.hints) as NewsHint[]);
        }
        if (rows.length < ROWS_AT_ONCE) break;
      }
    } while (isRungAgain && !isStopped);
  }
  function look(): void {
    if (isStopped) return;
    if (reading) return void (isRungAgain = true);
    reading = readAll()
      .catch((error: unknown) => report(error, 'reading news of other nodes'))
      .finally(() => (reading = null));
  }
  // Real time on purpose: a bell that was lost is no rule that a test would turn.
  const lookRegularly = () => {
    timer = setTimeout(() => {
      look();
      if (!isStopped) lookRegularly();
    }, LOOKED_EVERY_MS).unref();
  };

  return {
    start: async () => {
      position = (await newsEnds(database.read)).newest;
      bus.start(look);
      lookRegularly();
    },
    stop: async () => {
      isStopped = true;
      if (timer) clearTimeout(timer);
      await bus.stop();
      await reading;
    },
  };
}
