// A store with one account, its packs and runs behind the real doors, and runners whose sockets are lists.
import { seedAccount } from './seeded-account.ts';
import { shownFleet } from './shown-fleet.ts';
import { fakeSocket, type FakeSocket } from './fake-socket.ts';
import { fullReach } from '../../../src/protocol/scope.ts';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAudit } from '../../../src/cloud/audit/audit.ts';
import { createAuditTrail } from '../../../src/cloud/audit/trail.ts';
import { systemRandom } from '../../../src/cloud/clock.ts';
import { openDatabase, type Database } from '../../../src/cloud/database/database.ts';
import { createOutbox, type Hint } from '../../../src/cloud/event-stream/outbox.ts';
import { createApprovals, type Approvals } from '../../../src/cloud/approvals/approvals.ts';
import { createGrants, type Grants } from '../../../src/cloud/grants/grants.ts';
import { noMeter } from '../../../src/cloud/meter.ts';
import { createMembers } from '../../../src/cloud/members/members.ts';
import { createPacks, type Packs } from '../../../src/cloud/packs/packs.ts';
import { createPolicy, type Policy } from '../../../src/cloud/policy/policy.ts';
import { createKnownFleet } from '../../../src/cloud/runners/known-fleet.ts';
import { createPresence, type Presence } from '../../../src/cloud/runners/presence.ts';
import type { StreamLoaders } from '../../../src/cloud/event-stream/loaders.ts';
import { createStreamLoaders } from '../../../src/cloud/stream-loaders.ts';
import { createTeam, type Team } from '../../../src/cloud/team/team.ts';
import { createTokens, type Tokens } from '../../../src/cloud/tokens/tokens.ts';
import { createRuns, type Runs } from '../../../src/cloud/runs/runs.ts';
import type { Dispatch } from '../../../src/cloud/runs/dispatch.ts';
import type { ActionDescriptor } from '../../../src/protocol/descriptor.ts';
import type { Role } from '../../../src/protocol/permission.ts';
import { freshStore } from '../../support/fresh-store.ts';
import { createTurnedClock, type TurnedClock } from '../../support/turned-clock.ts';

export const ACCOUNT = 'acc_1';
export const SCOPE = { accountId: ACCOUNT, reach: fullReach };
export const HASH_A = `sha256:${'a'.repeat(64)}`;
export const HASH_B = `sha256:${'b'.repeat(64)}`;

export interface Fleet {
  database: Database;
  clock: TurnedClock;
  packs: Packs;
  policy: Policy;
  grants: Grants;
  approvals: Approvals;
  tokens: Tokens;
  team: Team;
  runs: Runs;
  outbox: ReturnType<typeof createOutbox>;
  hints: Hint[];
  sockets: Map<string, FakeSocket>;
  presence: Presence;
  loaders: StreamLoaders;
  addRunner(name: string, group?: string): Promise<string>;
  advertise(
    runnerId: string,
    options?: { hash?: string; version?: string; packId?: string; actions?: ActionDescriptor[] },
  ): Promise<void>;
  /** Connects, and resumes as after an accepted runner_state. */
  connect(runnerId: string): Promise<FakeSocket>;
  disconnect(runnerId: string): Promise<void>;
  /** A runner that is connected and whose pack is trusted. */
  ready(name: string, actions?: ActionDescriptor[]): Promise<FakeSocket>;
  dispatch(
    body: Partial<Dispatch['body']> & { runners?: string[] },
    args?: string,
    more?: Partial<Dispatch>,
  ): ReturnType<Runs['dispatch']>;
  events(): Promise<string[]>;
  /** The same store opened by a control plane that starts anew. */
  restartRuns(): Runs;
  /** The same store opened by a control plane that came with another catalogue; it looks at what it knows. */
  upgrade(catalogue: object): Promise<Packs>;
  close(): Promise<void>;
}

export function caller(role: Role = 'owner') {
  const from = { tokenId: 'tok_1', ipAddress: null };
  const actor = { kind: 'member' as const, id: 'mem_1', label: 'Ada', ...from };
  return { accountId: ACCOUNT, memberId: 'mem_1', memberName: 'Ada', role, reach: fullReach, ...from, actor };
}

export function descriptor(id: string, change: Partial<ActionDescriptor> = {}): ActionDescriptor {
  return {
    id,
    title: `Title of ${id}`,
    summary: 'Says something.',
    description: 'Says something.',
    kind: 'exec',
    risk: 'low',
    side_effects: [],
    args: [],
    examples: [],
    search_terms: [],
    pack_id: id.slice(0, id.lastIndexOf('.')),
    primary_executable_available: true,
    limits: { default_timeout: 5e9 },
    output: { max_stdout_bytes: 1024, max_stderr_bytes: 1024 },
    ...change,
  };
}

export async function startFleet(options: { catalogue?: object } = {}): Promise<Fleet> {
  const folder = mkdtempSync(join(tmpdir(), 'emisar-runs-'));
  const catalogueFile = join(folder, 'catalogue.json');
  writeFileSync(catalogueFile, JSON.stringify(options.catalogue ?? { schema_version: 1, packs: [] }));
  const store = await freshStore();
  const database = await openDatabase(join(folder, 'emisar.db'), store.databaseUrl);
  const clock = createTurnedClock();
  const outbox = createOutbox();
  const hints: Hint[] = [];
  outbox.listen((hint) => hints.push(hint));
  const audit = createAudit({ clock, random: systemRandom, outbox });
  const report = (error: unknown) => {
    throw error;
  };
  const base = { database, clock, random: systemRandom, audit, outbox, report };
  const makePacks = () => createPacks({ ...base, catalogueFile });
  const packs = makePacks();
  const sockets = new Map<string, FakeSocket>();
  const policy = createPolicy({ ...base, known: createKnownFleet({ ...base, offers: packs.offers }) });
  const grants = createGrants(base);
  const approvals = createApprovals({
    ...base,
    grants,
    runs: {
      checkRelease: (tx, bound) => runs.waiting.checkRelease(tx, bound),
      release: (tx, bound) => runs.waiting.release(tx, bound),
      withdraw: (tx, bound, end) => runs.waiting.withdraw(tx, bound, end),
    },
  });
  const makeRuns = (): Runs =>
    createRuns({
      ...base,
      offers: packs.offers,
      policy,
      grants,
      approvals,
      members: createMembers(base),
      meter: noMeter,
      sessions: { find: (id) => sockets.get(id) ?? null, isOnline: (id) => sockets.has(id) },
    });
  const runs: Runs = makeRuns();
  await seedAccount(database, ACCOUNT, clock.now());
  const presence = createPresence(clock, { badgeTurned: () => {}, silent: () => {} });
  const tokens = createTokens({ ...base, onFault: report });
  const team = createTeam({ ...base, tokens });
  const loaders = createStreamLoaders({
    ...{ packs, policy, grants, approvals, runs, tokens, team },
    runners: { presence, fleet: shownFleet(database, presence, approvals) },
    enrollment: { rows: async () => [] },
    trail: createAuditTrail({ ...base, report }),
  });
  let epoch = 0;

  const fleet: Fleet = {
    database,
    clock,
    packs,
    policy,
    grants,
    approvals,
    tokens,
    team,
    runs,
    outbox,
    hints,
    sockets,
    presence,
    loaders,
    restartRuns: makeRuns,
    upgrade: async (catalogue) => {
      writeFileSync(catalogueFile, JSON.stringify(catalogue));
      const upgraded = makePacks();
      await upgraded.start();
      await upgraded.stop();
      return upgraded;
    },
    addRunner: async (name, group = 'web') => {
      const id = `rnr_${name}`;
      await database.write((tx) =>
        tx.sql
          .insertInto('runners')
          .values({
            id,
            account_id: ACCOUNT,
            external_id: name,
            name,
            group_name: group,
            hostname: name,
            labels: '{}',
            version: '1.0.0',
            registered_at: clock.now(),
            epoch: 0,
            connected: 0,
            exits_on_disable: 1,
            signed_only: 0,
            degraded_packs: '[]',
          })
          .execute(),
      );
      return id;
    },
    advertise: async (
      runnerId,
      { hash = HASH_A, version = '1.0.0', packId = 'demo', actions = [descriptor('demo.ping')] } = {},
    ) => {
      await database.write((tx) =>
        packs.ingest(
          tx,
          { accountId: ACCOUNT, runnerId },
          { packs: { [packId]: { version, hash } }, actions },
        ),
      );
    },
    connect: async (runnerId) => {
      epoch += 1;
      const socket = fakeSocket(runnerId, epoch);
      sockets.set(runnerId, socket);
      await database.write((tx) =>
        tx.sql
          .updateTable('runners')
          .set({ connected: 1, epoch: socket.epoch })
          .where('id', '=', runnerId)
          .execute(),
      );
      await runs.resume(socket);
      return socket;
    },
    disconnect: async (runnerId) => {
      const socket = sockets.get(runnerId);
      if (socket) socket.closed = true;
      sockets.delete(runnerId);
      const closedAt = clock.now();
      await database.write((tx) =>
        tx.sql
          .updateTable('runners')
          .set({ connected: 0, last_disconnected_at: closedAt })
          .where('id', '=', runnerId)
          .execute(),
      );
      runs.runnerLost(runnerId, closedAt);
    },
    ready: async (name, actions) => {
      const id = await fleet.addRunner(name);
      await fleet.advertise(id, actions ? { actions } : {});
      const version = await packs.detail(SCOPE, 'demo@1.0.0');
      if (version.pending_hash !== null) {
        await packs.trust({
          ...SCOPE,
          reference: 'demo@1.0.0',
          expectedHash: version.pending_hash,
          actor: caller().actor,
        });
      }
      return fleet.connect(id);
    },
    dispatch: (body, args = '{}', more = {}) => {
      const full = { action_id: 'demo.ping', reason: 'to see', ...body };
      const rawBody = `${JSON.stringify(full).slice(0, -1)},"args":${args}}`;
      const { accountId, reach, memberId, memberName, actor } = caller();
      return runs.dispatch({
        accountId,
        reach,
        memberId,
        memberName,
        actor,
        body: full,
        rawBody,
        ...more,
      });
    },
    events: async () =>
      (await database.read.selectFrom('audit_events').select('event_type').orderBy('position').execute()).map(
        (row) => row.event_type,
      ),
    close: async () => {
      await runs.stop();
      presence.stop();
      await database.close();
      await store[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
  return fleet;
}

/** A result frame of `requestId`. */
export function resultFrame(requestId: string, change: Record<string, unknown> = {}) {
  return {
    type: 'action_result' as const,
    protocol_version: 1 as const,
    request_id: requestId,
    status: 'success',
    exit_code: 0,
    duration_ms: 7,
    emitted_stdout_bytes: 5,
    emitted_stderr_bytes: 0,
    progress_chunks: 1,
    ...change,
  };
}

export function progressFrame(requestId: string, seq: number, chunk = `line ${seq}\n`, stream = 'stdout') {
  return {
    type: 'action_progress' as const,
    protocol_version: 1 as const,
    request_id: requestId,
    seq,
    stream,
    chunk,
  };
}
