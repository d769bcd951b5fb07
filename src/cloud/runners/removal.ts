// The end of a runner's record: its history stays, its tokens are worth nothing, what it left unfinished is settled.
import type { Actor, Audit } from '../audit/audit.ts';
import type { Clock } from '../clock.ts';
import type { Tx } from '../database/database.ts';
import type { Outbox } from '../event-stream/outbox.ts';
import type { CatalogueIntake } from './runner-sessions.ts';
import * as store from './store.ts';
import { revokeAll } from './token-store.ts';
import type { RunnerEndings } from './verbs.ts';

export interface RemovalParts {
  clock: Clock;
  audit: Audit;
  outbox: Outbox;
  catalogue: CatalogueIntake;
  endings: Pick<RunnerEndings, 'deleted'>;
}

export interface Removal {
  accountId: string;
  actor: Actor;
  runner: { id: string; name: string };
  /** Only if it is offline since then or longer. */
  offlineSince?: number;
  because?: 'inactive';
}

/** False when it is online, back meanwhile, or removed before. */
export async function removeRunner(parts: RemovalParts, tx: Tx, removal: Removal): Promise<boolean> {
  const { accountId, actor, runner, offlineSince, because } = removal;
  const now = parts.clock.now();
  if (!(await store.markDeleted(tx.sql, runner.id, now, offlineSince))) return false;
  await revokeAll(tx.sql, runner.id, now);
  await parts.catalogue.forget(tx, runner.id);
  await parts.endings.deleted(tx, runner.id);
  await parts.audit.record(tx, {
    accountId,
    actor,
    event: 'runner.deleted',
    target: { kind: 'runner', id: runner.id, label: runner.name },
    ...(because === undefined ? {} : { payload: { because } }),
  });
  parts.outbox.add(tx, { topic: 'fleet', type: 'runner.deleted', accountId, runnerId: runner.id });
  return true;
}
