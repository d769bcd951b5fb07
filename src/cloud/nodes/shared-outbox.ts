// An outbox that other nodes hear too: what a transaction has to tell is stored in that transaction, in order of
// the commits, and told here at once. Output goes by number: its bytes are in the store already.
import type { Clock } from '../clock.ts';
import type { Bus } from '../database/bus.ts';
import type { Tx } from '../database/database.ts';
import type { NodeHint } from '../event-stream/node-hint.ts';
import type { Hint, LocalOutbox } from '../event-stream/outbox.ts';
import { insertNews } from './store.ts';

/** What stands in the store: ids, words and numbers. */
export type NewsHint = Exclude<Hint, { topic: 'run' }> | NodeHint;

export function createSharedOutbox(
  local: LocalOutbox,
  { nodeId, clock, bus }: { nodeId: string; clock: Clock; bus: Pick<Bus, 'ring'> },
): LocalOutbox {
  const noted = new WeakMap<Tx, NewsHint[]>();
  const note = (tx: Tx, hint: NewsHint) => {
    const known = noted.get(tx);
    if (known) return void known.push(hint);
    const hints = [hint];
    noted.set(tx, hints);
    tx.beforeCommit(() => insertNews(tx.sql, { nodeId, at: clock.now(), hints: JSON.stringify(hints) }));
    tx.afterCommit(() => bus.ring());
  };
  return {
    ...local,
    add: (tx, hint) => {
      local.add(tx, hint);
      note(tx, hint.topic === 'run' ? printed(hint) : hint);
    },
  };
}

function printed({ accountId, runId, chunks }: Extract<Hint, { topic: 'run' }>): NodeHint {
  const from = chunks[0]?.seq ?? 0;
  return { topic: 'nodes', type: 'run_printed', accountId, runId, from, to: chunks.at(-1)?.seq ?? from };
}
