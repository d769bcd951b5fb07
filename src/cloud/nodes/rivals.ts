// Two hosts with one identity, on two nodes: the newcomer's asks the holder's whether its session still answers
// (SPEC SE2). Who gets no answer in time takes over; a higher epoch says who is right.
import { randomUUID } from 'node:crypto';
import { HOLDER_ANSWERS_WITHIN_MS } from '../../protocol/runner.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import type { NodeHint } from '../event-stream/node-hint.ts';
import type { Outbox } from '../event-stream/outbox.ts';

export interface Rivals {
  /** True when no session of another node holds the runner, or it gives way. */
  giveWay(runnerId: string, newcomerAddress: string): Promise<boolean>;
  /** The answer of another node came. */
  answered(answer: Extract<NodeHint, { type: 'answer' }>): void;
}

/** For the question's way there and the answer's way back, beyond what the holder itself has. */
const ON_THE_WAY_MS = 3_000;

export function createRivals(parts: {
  database: Database;
  clock: Clock;
  outbox: Outbox;
  nodeId: string;
}): Rivals {
  const { database, clock, outbox, nodeId } = parts;
  const waiting = new Map<string, (holds: boolean) => void>();
  return {
    answered: ({ ask, holds }) => waiting.get(ask)?.(holds),
    giveWay: async (runnerId, address) => {
      // A node that is gone has no row any more, and one that has just come has one.
      const row = await database.read
        .selectFrom('runners as runner')
        .innerJoin('nodes as node', 'node.id', 'runner.node_id')
        .select(['runner.epoch'])
        .where('runner.id', '=', runnerId)
        .where('runner.connected', '=', 1)
        .where('node.id', '!=', nodeId)
        .executeTakeFirst();
      if (!row) return true;
      const ask = randomUUID();
      const answer = new Promise<boolean>((resolve) => {
        waiting.set(ask, resolve);
        clock.after(HOLDER_ANSWERS_WITHIN_MS + ON_THE_WAY_MS, () => resolve(false));
      });
      const question = {
        topic: 'nodes',
        type: 'challenge',
        runnerId,
        epoch: row.epoch,
        ask,
        address,
      } as const;
      await database.write(async (tx) => outbox.add(tx, question));
      const holds = await answer;
      waiting.delete(ask);
      return !holds;
    },
  };
}
