// The door to runners: the record of every host, its tokens, its sessions as the store sees them, and who is present.
import type { VersionPolicy } from '../../protocol/runner-version.ts';
import type { RandomBytes } from '../../protocol/ids.ts';
import type { Scoped } from '../../protocol/scope.ts';
import type { Audit } from '../audit/audit.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import type { Outbox } from '../event-stream/outbox.ts';
import { repeat } from '../repeat.ts';
import { createBulk, type Bulk } from './bulk.ts';
import { createRunnerCleanup, type RunnerCleanup } from './cleanup.ts';
import { createFleet, type Fleet } from './fleet.ts';
import { createPresence, type Presence, type Present } from './presence.ts';
import { createRegistration, type Registration } from './registration.ts';
import { createRunnerSessions, type CatalogueIntake, type RunnerSessions } from './runner-sessions.ts';
import { createRunnerTokens, type RunnerTokens } from './runner-tokens.ts';
import { createRunnerVerbs, createVerbSteps, type RunnerEndings, type RunnerVerbs } from './verbs.ts';

/** Heartbeats reach the store this often, not one by one (SPEC HB6). */
const HEARTBEATS_WRITTEN_EVERY_MS = 60_000;

export interface Runners {
  readonly presence: Presence;
  readonly fleet: Fleet;
  readonly tokens: RunnerTokens;
  readonly sessions: RunnerSessions;
  readonly registration: Registration;
  readonly verbs: RunnerVerbs;
  /** The same on a selection. */
  readonly bulk: Bulk;
  readonly cleanup: RunnerCleanup;
  /** Writes heartbeats once a minute and cleans up every hour. */
  start(): void;
  stop(): Promise<void>;
}

export function createRunners(parts: {
  database: Database;
  clock: Clock;
  random: RandomBytes;
  audit: Audit;
  outbox: Outbox;
  catalogue: CatalogueIntake;
  /** Of this control plane among others; null where it is alone. */
  nodeId: string | null;
  versions: VersionPolicy;
  endings: RunnerEndings & { silent(runner: Present): void };
  /** Of a domain on the right: how many requests in reach wait for people. */
  pendingApprovals: (asked: Scoped) => Promise<number>;
  onFault: (error: unknown) => void;
}): Runners {
  const { database, clock, outbox, onFault } = parts;
  const presence = createPresence(clock, {
    badgeTurned: ({ accountId, runnerId }) =>
      outbox.tell({ topic: 'fleet', type: 'runner.state_changed', accountId, runnerId }),
    silent: parts.endings.silent,
  });
  const tokens = createRunnerTokens(parts);
  const sessions = createRunnerSessions({ ...parts, presence });
  const fleet = createFleet(database, { ...parts, presence });
  const steps = createVerbSteps(parts);
  const cleanup = createRunnerCleanup(parts);
  const heartbeats = repeat(clock, {
    everyMs: HEARTBEATS_WRITTEN_EVERY_MS,
    work: () => sessions.writeHeartbeats(),
    failed: onFault,
  });
  return {
    presence,
    fleet,
    tokens,
    sessions,
    registration: createRegistration({ ...parts, tokens }),
    verbs: createRunnerVerbs(parts, steps, fleet),
    bulk: createBulk(parts, steps),
    cleanup,
    start: () => {
      heartbeats.start();
      cleanup.start();
    },
    stop: async () => {
      await heartbeats.stop();
      await cleanup.stop();
      await sessions.writeHeartbeats();
      presence.stop();
    },
  };
}
