// What an operator can do to a runner: hold, release, disable, enable, revoke, delete (design, "Ending a runner").
// The same on many at once is bulk.ts.
import { Refusal } from '../../protocol/errors.ts';
import type { FleetVerb } from '../../protocol/api/fleet-upkeep.ts';
import type { Runner } from '../../protocol/api/runners.ts';
import type { Database, Tx } from '../database/database.ts';
import type { Hint } from '../event-stream/outbox.ts';
import type { Caller } from '../http/bound-route.ts';
import type { Fleet } from './fleet.ts';
import { removeRunner, type RemovalParts } from './removal.ts';
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

export type VerbParts = RemovalParts & { database: Database; endings: RunnerEndings };

/** Does it inside `tx`; false when the runner was so before. Refuses `runner_online`. */
export type VerbStep = (tx: Tx, caller: Caller, runner: { id: string; name: string }) => Promise<boolean>;
export type VerbSteps = { readonly [Verb in FleetVerb]: VerbStep };

type FleetNews = Extract<Hint, { topic: 'fleet' }>['type'];

export function createVerbSteps(parts: VerbParts): VerbSteps {
  const { clock, endings } = parts;
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
    return true;
  };
  return {
    hold: async (tx, caller, runner) =>
      (await store.markHeld(tx.sql, runner.id, clock.now())) &&
      note(tx, caller, runner, 'runner.held', 'runner.state_changed'),
    release: async (tx, caller, runner) =>
      (await store.markHeld(tx.sql, runner.id, null)) &&
      note(tx, caller, runner, 'runner.released', 'runner.state_changed'),
    disable: async (tx, caller, runner) => {
      const now = clock.now();
      if (!(await store.mark(tx.sql, runner.id, 'disabled_at', now, now))) return false;
      tx.afterCommit(() => endings.endSession(runner.id, 'runner_disabled'));
      return note(tx, caller, runner, 'runner.disabled', 'runner.disabled');
    },
    enable: async (tx, caller, runner) =>
      (await store.mark(tx.sql, runner.id, 'disabled_at', null, clock.now())) &&
      note(tx, caller, runner, 'runner.enabled', 'runner.enabled'),
    'revoke-token': async (tx, caller, runner) => {
      const now = clock.now();
      if (!(await store.mark(tx.sql, runner.id, 'revoked_at', now, now))) return false;
      await revokeAll(tx.sql, runner.id, now);
      tx.afterCommit(() => endings.endSession(runner.id, 'runner_revoked'));
      return note(tx, caller, runner, 'runner.token_revoked', 'runner.revoked');
    },
    delete: async (tx, caller, runner) => {
      const { accountId, actor } = caller;
      if (await removeRunner(parts, tx, { accountId, actor, runner })) return true;
      throw refusedOnline(runner.name);
    },
  };
}

export function refusedOnline(name: string): Refusal {
  return new Refusal('runner_online', `Cannot delete ${name}: it is online`, { name });
}

export function createRunnerVerbs({ database }: VerbParts, steps: VerbSteps, fleet: Fleet): RunnerVerbs {
  const take = (verb: FleetVerb, caller: Caller, reference: string) =>
    database.write(async (tx) => {
      const runner = await store.findByReference(tx.sql, caller, reference);
      if (!runner) throw new Refusal('runner_not_found');
      await steps[verb](tx, caller, runner);
      return { id: runner.id, name: runner.name };
    });
  const verb = (name: FleetVerb) => async (caller: Caller, reference: string) => {
    const { id } = await take(name, caller, reference);
    return fleet.row(caller, id);
  };
  return {
    hold: verb('hold'),
    release: verb('release'),
    disable: verb('disable'),
    enable: verb('enable'),
    revokeToken: verb('revoke-token'),
    remove: (caller, reference) => take('delete', caller, reference),
  };
}
