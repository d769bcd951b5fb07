// What an operator can do to a runner: hold, release, disable, enable, revoke, delete (design, "Ending a runner").
import { Refusal } from '../../protocol/errors.ts';
import type { Runner } from '../../protocol/api/runners.ts';
import type { Audit } from '../audit/audit.ts';
import type { Clock } from '../clock.ts';
import type { Database, Tx } from '../database/database.ts';
import type { Hint, Outbox } from '../event-stream/outbox.ts';
import type { Caller } from '../http/bound-route.ts';
import type { Fleet } from './fleet.ts';
import type { CatalogueIntake } from './runner-sessions.ts';
import * as store from './store.ts';
import { revokeAll } from './token-store.ts';

export type SessionEnding = 'runner_disabled' | 'runner_revoked';

/** What lies to the right of runners and has to hear of their end. */
export interface RunnerEndings {
  /** Ends the live session, if there is one, with that shutdown reason. */
  endSession(runnerId: string, why: SessionEnding): void;
  /** Settles what a deleted runner left unfinished, in the same transaction. */
  deleted(tx: Tx, runnerId: string): Promise<void>;
}

/** `reference` is an id or an exact name; all refuse `runner_not_found`. */
export interface RunnerVerbs {
  /** Nothing new is started on it; what runs goes on, and the host learns nothing. */
  hold(caller: Caller, reference: string): Promise<Runner>;
  release(caller: Caller, reference: string): Promise<Runner>;
  disable(caller: Caller, reference: string): Promise<Runner>;
  enable(caller: Caller, reference: string): Promise<Runner>;
  revokeToken(caller: Caller, reference: string): Promise<Runner>;
  /** Refuses `runner_online`. */
  remove(caller: Caller, reference: string): Promise<{ id: string; name: string }>;
}

interface Parts {
  database: Database;
  clock: Clock;
  audit: Audit;
  outbox: Outbox;
  catalogue: CatalogueIntake;
  endings: RunnerEndings;
}

type FleetNews = Extract<Hint, { topic: 'fleet' }>['type'];

export function createRunnerVerbs(parts: Parts, fleet: Fleet): RunnerVerbs {
  const { database, clock, endings } = parts;
  const find = async (tx: Tx, caller: Caller, reference: string) => {
    const runner = await store.findByReference(tx.sql, caller, reference);
    if (!runner) throw new Refusal('runner_not_found');
    return runner;
  };
  const note = async (
    tx: Tx,
    caller: Caller,
    runner: { id: string; name: string },
    event: string,
    news: FleetNews,
  ) => {
    await parts.audit.record(tx, {
      accountId: caller.accountId,
      actor: caller.actor,
      event,
      target: { kind: 'runner', id: runner.id, label: runner.name },
    });
    parts.outbox.add(tx, { topic: 'fleet', type: news, accountId: caller.accountId, runnerId: runner.id });
  };
  const verb = async (
    caller: Caller,
    reference: string,
    change: (tx: Tx, runner: { id: string; name: string }) => Promise<void>,
  ) => {
    const id = await database.write(async (tx) => {
      const runner = await find(tx, caller, reference);
      await change(tx, runner);
      return runner.id;
    });
    return fleet.row(caller, id);
  };
  return {
    hold: (caller, reference) =>
      verb(caller, reference, async (tx, runner) => {
        if (!(await store.markHeld(tx.sql, runner.id, clock.now()))) return;
        await note(tx, caller, runner, 'runner.held', 'runner.state_changed');
      }),
    release: (caller, reference) =>
      verb(caller, reference, async (tx, runner) => {
        if (!(await store.markHeld(tx.sql, runner.id, null))) return;
        await note(tx, caller, runner, 'runner.released', 'runner.state_changed');
      }),
    disable: (caller, reference) =>
      verb(caller, reference, async (tx, runner) => {
        const now = clock.now();
        if (!(await store.mark(tx.sql, runner.id, 'disabled_at', now, now))) return;
        tx.afterCommit(() => endings.endSession(runner.id, 'runner_disabled'));
        await note(tx, caller, runner, 'runner.disabled', 'runner.disabled');
      }),
    enable: (caller, reference) =>
      verb(caller, reference, async (tx, runner) => {
        if (!(await store.mark(tx.sql, runner.id, 'disabled_at', null, clock.now()))) return;
        await note(tx, caller, runner, 'runner.enabled', 'runner.enabled');
      }),
    revokeToken: (caller, reference) =>
      verb(caller, reference, async (tx, runner) => {
        const now = clock.now();
        if (!(await store.mark(tx.sql, runner.id, 'revoked_at', now, now))) return;
        await revokeAll(tx.sql, runner.id, now);
        tx.afterCommit(() => endings.endSession(runner.id, 'runner_revoked'));
        await note(tx, caller, runner, 'runner.token_revoked', 'runner.revoked');
      }),
    remove: (caller, reference) =>
      database.write(async (tx) => {
        const runner = await find(tx, caller, reference);
        const now = clock.now();
        if (!(await store.markDeleted(tx.sql, runner.id, now))) {
          throw new Refusal('runner_online', `Cannot delete ${runner.name}: it is online`, {
            name: runner.name,
          });
        }
        await revokeAll(tx.sql, runner.id, now);
        await parts.catalogue.forget(tx, runner.id);
        await endings.deleted(tx, runner.id);
        await note(tx, caller, runner, 'runner.deleted', 'runner.deleted');
        return { id: runner.id, name: runner.name };
      }),
  };
}
