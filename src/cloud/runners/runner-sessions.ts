// What a runner's session does to its record: claim, take in what the host says, release. Each effect is
// bound to the session's epoch, so that a superseded one changes nothing (SPEC SE1, HB4).
import { createHash } from 'node:crypto';
import type { RunnerStateFrame } from '../../protocol/frames.ts';
import { isRefusedVersion, type VersionPolicy } from '../../protocol/runner-version.ts';
import type { Actor, Audit } from '../audit/audit.ts';
import { systemActor } from '../audit/audit.ts';
import type { Clock } from '../clock.ts';
import type { Database, Tx } from '../database/database.ts';
import { createGroupedWrites, type GroupedWrites } from '../database/grouped-writes.ts';
import type { Outbox } from '../event-stream/outbox.ts';
import { hostFactsOf, type HostFacts } from './host-text.ts';
import type { Presence } from './presence.ts';
import type { Bearer } from './runner-tokens.ts';
import * as store from './store.ts';
import { markUsed } from './token-store.ts';

/** Where advertised packs and actions go; the packs' door. */
export interface CatalogueIntake {
  ingest(
    tx: Tx,
    from: { accountId: string; runnerId: string },
    advertisement: { packs: Record<string, { version?: string; hash?: string }>; actions: unknown[] },
  ): Promise<void>;
  forget(tx: Tx, runnerId: string): Promise<void>;
}

export interface ClaimedSession {
  readonly accountId: string;
  readonly runnerId: string;
  readonly runnerName: string;
  readonly address: string;
  readonly epoch: number;
}

export type StateTaken =
  /** `catalogueFault` is what kept packs or actions from being stored; the facts of the host are in. */
  | { kind: 'taken'; signedOnly: boolean; catalogueFault: unknown }
  | { kind: 'superseded' }
  /** The host's program is too old for this deployment. That is on record, and nothing else happened. */
  | { kind: 'version_rejected' };

export interface RunnerSessions {
  /** A new epoch for a verified token, or null when token or runner ended meanwhile. */
  claim(bearer: Bearer, dial: { address: string; exitsOnDisable: boolean }): Promise<ClaimedSession | null>;
  /** Stores an advertisement; `isFirst` makes the runner online. */
  takeState(session: ClaimedSession, frame: RunnerStateFrame, isFirst: boolean): Promise<StateTaken>;
  /** Notes the end; returns the instant it was recorded, or null when a newer session holds the runner. */
  release(session: ClaimedSession, reason: string): Promise<number | null>;
  /** Notes that a second host presents the identity of `holder`. */
  noteConflict(holder: ClaimedSession, newcomerAddress: string): Promise<void>;
  /** Ends in the record what none of the living nodes holds, and gives those runners. */
  void(tx: Tx, living: readonly string[]): Promise<{ id: string }[]>;
  /** Writes the heartbeats heard since the last time, in few transactions. */
  writeHeartbeats(): Promise<void>;
}

interface Parts {
  database: Database;
  clock: Clock;
  audit: Audit;
  outbox: Outbox;
  presence: Presence;
  catalogue: CatalogueIntake;
  /** Of this control plane among others; null where it is alone. */
  nodeId: string | null;
  versions: VersionPolicy;
}

const HEARTBEATS_A_WRITE = 1_000;

interface Inner extends Parts {
  /** For what every runner does when it comes or goes: a fleet does it all at once. */
  grouped: GroupedWrites;
}

export function createRunnerSessions(parts: Parts): RunnerSessions {
  const { database, clock, audit, outbox, presence } = parts;
  const inner: Inner = { ...parts, grouped: createGroupedWrites(database) };
  return {
    claim: (bearer, dial) => claim(inner, bearer, dial),
    takeState: (session, frame, isFirst) => takeState(inner, session, frame, isFirst),
    release: (session, reason) => release(inner, session, reason),
    noteConflict: async (holder, newcomerAddress) => {
      const addresses = [newcomerAddress, holder.address];
      if (!presence.noteConflict(holder, addresses)) return;
      const { accountId, runnerId } = holder;
      await database.write(async (tx) => {
        outbox.add(tx, { topic: 'nodes', type: 'conflict', accountId, runnerId, addresses });
        await audit.record(tx, {
          accountId,
          actor: runnerActor(holder),
          event: 'runner.identity_conflict',
          target: targetOf(holder),
          payload: { addresses },
        });
      });
    },
    void: async (tx, living) => {
      const ended = await store.voidSessions(tx.sql, clock.now(), living);
      for (const runner of ended) {
        await audit.record(tx, {
          accountId: runner.account_id,
          actor: systemActor,
          event: 'runner.disconnected',
          target: { kind: 'runner', id: runner.id, label: runner.name },
          payload: { reason: 'server_stopped' },
        });
        const present = presence.find(runner.id);
        // Before the news of it: whoever reads the row then must find the runner offline.
        if (present && !present.isOurs) tx.afterCommit(() => presence.leave(runner.id, present.epoch));
        tellFleet(outbox, tx, 'runner.disconnected', { accountId: runner.account_id, runnerId: runner.id });
      }
      return ended;
    },
    writeHeartbeats: async () => {
      const heard = presence.takeHeard();
      for (let from = 0; from < heard.length; from += HEARTBEATS_A_WRITE) {
        const part = heard.slice(from, from + HEARTBEATS_A_WRITE);
        await database.write(async (tx) => {
          for (const { runnerId, heardAt } of part) await store.writeHeartbeat(tx.sql, runnerId, heardAt);
        });
      }
    },
  };
}

export function targetOf(runner: { runnerId: string; runnerName: string }) {
  return { kind: 'runner', id: runner.runnerId, label: runner.runnerName };
}

function runnerActor(session: ClaimedSession): Actor {
  return {
    kind: 'runner',
    id: session.runnerId,
    label: session.runnerName,
    tokenId: null,
    ipAddress: session.address,
  };
}

async function claim(
  { clock, presence, grouped, nodeId }: Inner,
  bearer: Bearer,
  dial: { address: string; exitsOnDisable: boolean },
): Promise<ClaimedSession | null> {
  return grouped.write(async (tx) => {
    if (!(await markUsed(tx.sql, bearer.tokenId, clock.now()))) return null;
    const epoch = await store.claim(tx.sql, bearer.runnerId, { ...dial, nodeId });
    if (epoch === null) return null;
    const { accountId, runnerId, runnerName } = bearer;
    const session = { accountId, runnerId, runnerName, address: dial.address, epoch };
    tx.afterCommit(() => presence.enter(session));
    return session;
  });
}

async function takeState(
  parts: Inner,
  session: ClaimedSession,
  frame: RunnerStateFrame,
  isFirst: boolean,
): Promise<StateTaken> {
  const { database, clock, audit, outbox, presence, catalogue, grouped } = parts;
  const facts = hostFactsOf(frame);
  if (isRefusedVersion(facts.version, parts.versions)) return rejectVersion(parts, session, facts);
  const now = clock.now();
  const before = await grouped.write(async (tx) => {
    const row = await store.writeFacts(tx.sql, session, facts, { now, connectedAt: isFirst ? now : null });
    if (!row) return null;
    await audit.record(tx, {
      accountId: session.accountId,
      actor: runnerActor(session),
      event: isFirst ? 'runner.connected' : 'runner.state_changed',
      target: targetOf(session),
      payload: { version: row.version, group: row.group_name, epoch: session.epoch },
    });
    // Before the news of it: whoever reads the row then must find the runner online.
    tx.afterCommit(() => presence.establish(session.runnerId, session.epoch));
    tellFleet(outbox, tx, isFirst ? 'runner.connected' : 'runner.state_changed', session);
    return row;
  });
  if (!before) return { kind: 'superseded' };

  const digest = digestOf(frame);
  const taken = { kind: 'taken' as const, signedOnly: facts.signedOnly, catalogueFault: null };
  if (before.catalogue_digest === digest) return taken;
  try {
    // A transaction of its own: a broken catalogue must not hide that the host is there.
    await database.write(async (tx) => {
      if (!(await store.writeCatalogueDigest(tx.sql, session, digest))) return;
      await catalogue.ingest(tx, session, { packs: packsOf(frame), actions: frame.actions ?? [] });
      tellFleet(outbox, tx, 'runner.state_changed', session);
    });
    return taken;
  } catch (error) {
    return { ...taken, catalogueFault: error };
  }
}

/** It stays as offline, or as pending, as it was: a refused host was never with us. */
async function rejectVersion(
  { clock, audit, outbox, grouped, versions }: Inner,
  session: ClaimedSession,
  facts: HostFacts,
): Promise<StateTaken> {
  return grouped.write(async (tx): Promise<StateTaken> => {
    const at = { now: clock.now(), connectedAt: null };
    if (!(await store.writeFacts(tx.sql, session, facts, at))) return { kind: 'superseded' };
    await audit.record(tx, {
      accountId: session.accountId,
      actor: runnerActor(session),
      event: 'runner.version_rejected',
      target: targetOf(session),
      payload: { version: facts.version, minimum: versions.minimum },
    });
    tellFleet(outbox, tx, 'runner.state_changed', session);
    return { kind: 'version_rejected' };
  });
}

function digestOf(frame: RunnerStateFrame): string {
  const advertised = JSON.stringify([frame.packs ?? {}, frame.actions ?? []]);
  return createHash('sha256').update(advertised).digest('hex');
}

function packsOf(frame: RunnerStateFrame): Record<string, { version?: string; hash?: string }> {
  return Object.fromEntries(
    Object.entries(frame.packs ?? {}).map(([id, { version, hash }]) => [
      id,
      { ...(version === undefined ? {} : { version }), ...(hash === undefined ? {} : { hash }) },
    ]),
  );
}

function release(
  { clock, audit, outbox, presence, grouped }: Inner,
  session: ClaimedSession,
  reason: string,
): Promise<number | null> {
  const present = presence.find(session.runnerId);
  const heardAt = present?.epoch === session.epoch && present.online ? present.heardAt : null;
  presence.leave(session.runnerId, session.epoch);
  return grouped.write(async (tx) => {
    const at = clock.now();
    if (!(await store.release(tx.sql, { ...session, reason, at, heardAt }))) return null;
    await audit.record(tx, {
      accountId: session.accountId,
      actor: runnerActor(session),
      event: 'runner.disconnected',
      target: targetOf(session),
      payload: { reason, epoch: session.epoch },
    });
    tellFleet(outbox, tx, 'runner.disconnected', session);
    return at;
  });
}

function tellFleet(
  outbox: Outbox,
  tx: Tx,
  type: 'runner.connected' | 'runner.disconnected' | 'runner.state_changed',
  { accountId, runnerId }: { accountId: string; runnerId: string },
): void {
  outbox.add(tx, { topic: 'fleet', type, accountId, runnerId });
}
