// This control plane among others on one PostgreSQL: its lease, the news between them, the beats of its runners.
// In the embedded store there is one node by the lock of its directory, and nothing of this goes on.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import type { Bus } from '../database/bus.ts';
import type { Database, Tx } from '../database/database.ts';
import type { NodeHint } from '../event-stream/node-hint.ts';
import type { LocalOutbox, Outbox } from '../event-stream/outbox.ts';
import type { Presence } from '../runners/presence.ts';
import { repeat } from '../repeat.ts';
import { createLeases } from './leases.ts';
import { createNewsReader } from './news-reader.ts';
import { relay, type OwnSockets, type RelayedRuns } from './relay.ts';
import { createRemotePresence } from './remote-presence.ts';
import { createRivals } from './rivals.ts';
import { forgetNews } from './store.ts';

export interface Nodes {
  /** See gateway.ts: whether a session of another node gives way. */
  giveWay(runnerId: string, newcomerAddress: string): Promise<boolean>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Ends in the record what no living node holds; gives the runners that it ended. */
export type VoidSessions = (tx: Tx, living: readonly string[]) => Promise<{ id: string }[]>;

/** The one node of an embedded store: whatever is open in the record is of a process that is gone. */
export function createLoneNode(parts: { database: Database; voidSessions: VoidSessions }): Nodes {
  return {
    giveWay: async () => true,
    start: () => parts.database.write(async (tx) => void (await parts.voidSessions(tx, []))),
    stop: async () => {},
  };
}

const HEARD_TOLD_EVERY_MS = 1_000;
const NEWS_FORGOTTEN_EVERY_MS = 60_000;
const NEWS_KEPT_MS = 10 * 60_000;
/** In the data directory: what the node that it belonged to last was called. */
const NAME_FILE = 'node';

export interface NodeParts {
  database: Database;
  dataDir: string;
  nodeId: string;
  clock: Clock;
  bus: Bus;
  local: LocalOutbox;
  /** Tells the others too. */
  outbox: Outbox;
  presence: Presence;
  voidSessions: VoidSessions;
  sockets: OwnSockets;
  runs: RelayedRuns;
  stream: { isWatched(accountId: string, runId: string): boolean; beginAllAnew(): void };
  report(error: unknown, where: string): void;
}

export function createNodes(parts: NodeParts): Nodes {
  const { database, clock, nodeId, presence, sockets, runs, stream, outbox, report } = parts;
  const remote = createRemotePresence(parts);
  const tell = (hint: NodeHint) => database.write(async (tx) => outbox.add(tx, hint));
  const voidSessions = async (tx: Tx, living: readonly string[]) => {
    const ended = await parts.voidSessions(tx, living);
    const at = clock.now();
    tx.afterCommit(() => ended.forEach(({ id }) => runs.lostElsewhere(id, at)));
  };
  const lost = () => {
    sockets.sendAllAway();
    stream.beginAllAnew();
  };
  const leases = createLeases({ ...parts, host: hostname(), voidSessions, lost });
  const rivals = createRivals(parts);
  const relayParts = { ...parts, remote, rivals, answer: tell, isWatched: stream.isWatched };
  const news = createNewsReader({
    ...parts,
    take: (hints) => relay(relayParts, hints),
    missed: () => {
      stream.beginAllAnew();
      remote.sync(null).catch((error: unknown) => report(error, 'looking for runners of other nodes'));
    },
  });
  const heard = repeat(clock, {
    everyMs: HEARD_TOLD_EVERY_MS,
    work: tellHeard,
    failed: (error) => report(error, 'telling who was heard'),
  });
  const forgetting = repeat(clock, {
    everyMs: NEWS_FORGOTTEN_EVERY_MS,
    work: () => database.write((tx) => forgetNews(tx.sql, clock.now() - NEWS_KEPT_MS)),
    failed: (error) => report(error, 'forgetting old news'),
  });

  return {
    giveWay: rivals.giveWay,
    start: async () => {
      await leases.start(takeName(parts.dataDir, nodeId));
      await news.start();
      await remote.sync(null);
      heard.start();
      forgetting.start();
    },
    stop: async () => {
      await Promise.all([heard.stop(), forgetting.stop()]);
      await news.stop();
      await leases.stop();
    },
  };

  async function tellHeard(): Promise<void> {
    const beats = presence.takeNews();
    if (beats.length > 0 && leases.hasOthers()) await tell({ topic: 'nodes', type: 'heard', beats });
  }
}

/** The directory is locked, so whoever had it before is gone; its name is given back and ours written down. */
function takeName(dataDir: string, nodeId: string): string | null {
  const file = join(dataDir, NAME_FILE);
  const former = existsSync(file) ? readFileSync(file, 'utf8').trim() : null;
  writeFileSync(file, `${nodeId}\n`, { mode: 0o600 });
  return former;
}
