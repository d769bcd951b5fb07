// The domains of one control plane, each given what lies to its left; what lies to its right reaches it as a hook.
import type { Logger } from 'pino';
import { createId, type RandomBytes } from '../protocol/ids.ts';
import type { VersionPolicy } from '../protocol/runner-version.ts';
import { createApprovals, type Approvals } from './approvals/approvals.ts';
import { createAudit } from './audit/audit.ts';
import { createAuditTrail, type AuditTrail } from './audit/trail.ts';
import type { Clock } from './clock.ts';
import { PRODUCT, VERSION, catalogueFile } from './config.ts';
import type { Bus } from './database/bus.ts';
import type { Database } from './database/database.ts';
import { createEnrollment, type Enrollment } from './enrollment/enrollment.ts';
import { createOutbox } from './event-stream/outbox.ts';
import { createEventStream, type EventStream } from './event-stream/stream.ts';
import { createGateway, type Gateway } from './gateway/gateway.ts';
import { createFailedRegistrations } from './http/failed-registrations.ts';
import { createGrants, type Grants } from './grants/grants.ts';
import { createMembers, type Members } from './members/members.ts';
import type { Meter } from './meter.ts';
import { createLoneNode, createNodes, type Nodes, type VoidSessions } from './nodes/nodes.ts';
import { createSharedOutbox } from './nodes/shared-outbox.ts';
import { createPacks, type Packs } from './packs/packs.ts';
import { createPolicy, type Policy } from './policy/policy.ts';
import { createKnownFleet } from './runners/known-fleet.ts';
import { createNotices, type NoticeConfig, type Notices } from './notices/notices.ts';
import type { Resolve } from './notices/post.ts';
import { createRunners, type Runners } from './runners/runners.ts';
import { createRuns, type Runs } from './runs/runs.ts';
import { createStreamLoaders } from './stream-loaders.ts';
import { createActAs, type ActAs } from './team/acting.ts';
import { createTeam, type Team } from './team/team.ts';
import { createDevices, type Devices } from './tokens/devices.ts';
import { createTokens, type Tokens } from './tokens/tokens.ts';

export interface Domains {
  members: Members;
  tokens: Tokens;
  policy: Policy;
  grants: Grants;
  approvals: Approvals;
  packs: Packs;
  runners: Runners;
  enrollment: Enrollment;
  runs: Runs;
  notices: Notices;
  gateway: Gateway;
  stream: EventStream;
  trail: AuditTrail;
  team: Team;
  actAs: ActAs;
  devices: Devices;
  nodes: Nodes;
}

export function createDomains(parts: {
  database: Database;
  clock: Clock;
  random: RandomBytes;
  log: Logger;
  meter: Meter;
  publicUrl: () => string;
  notices: { config: NoticeConfig; resolve: Resolve };
  /** Where other nodes may serve from the same store; null where this one is alone. */
  shared: { bus: Bus; dataDir: string } | null;
  versions: VersionPolicy;
}): Domains {
  const { clock, log, meter, random, shared } = parts;
  const local = createOutbox();
  const nodeId = shared && createId('node', random);
  const outbox = shared && nodeId ? createSharedOutbox(local, { nodeId, clock, bus: shared.bus }) : local;
  const base = { ...parts, audit: createAudit({ ...parts, outbox }), outbox };
  const report = (error: unknown, where: string) =>
    log.error({ err: error, where }, 'background work failed');

  const trail = createAuditTrail({ ...base, report });
  const members = createMembers(base);
  const tokens = createTokens({ ...base, onFault: (error) => report(error, 'noting the use of a token') });
  const team = createTeam({ ...base, tokens });
  const actAs = createActAs(base);
  const devices = createDevices({ ...base, tokens, guesses: createFailedRegistrations(clock) });
  const packs = createPacks({ ...base, catalogueFile: catalogueFile(), report });
  const policy = createPolicy({ ...base, known: createKnownFleet({ ...base, offers: packs.offers }) });
  const runners = createRunners({
    ...base,
    nodeId,
    catalogue: packs,
    endings: {
      endSession: (runnerId, why) => gateway.end(runnerId, why),
      deleted: (tx, runnerId) => runs.runnerDeleted(tx, runnerId),
      silent: ({ runnerId, epoch }) => gateway.endSilent(runnerId, epoch),
    },
    pendingApprovals: (asked) => approvals.countPending(asked),
    onFault: (error) => report(error, 'upkeep of the fleet'),
  });
  const enrollment = createEnrollment({ ...base, registration: runners.registration });
  const grants = createGrants(base);
  const approvals: Approvals = createApprovals({
    ...base,
    grants,
    report,
    runs: {
      checkRelease: (tx, bound) => runs.waiting.checkRelease(tx, bound),
      release: (tx, bound) => runs.waiting.release(tx, bound),
      withdraw: (tx, bound, end) => runs.waiting.withdraw(tx, bound, end),
    },
  });
  const runs: Runs = createRuns({
    ...base,
    offers: packs.offers,
    policy,
    grants,
    approvals,
    members,
    sessions: {
      find: (runnerId) => gateway.find(runnerId),
      isOnline: (runnerId) => runners.presence.isOnline(runnerId),
    },
    report,
  });
  const notices = createNotices({
    ...base,
    ...parts.notices,
    members,
    report,
    userAgent: `${PRODUCT}/${VERSION}`,
    sources: {
      approvals,
      packRows: packs.rows,
      runRows: runs.rows,
      runnerRows: (asked, ids) => runners.fleet.rows(asked, ids),
    },
  });
  const gateway: Gateway = createGateway({
    runners,
    runs,
    clock,
    log,
    meter,
    giveWay: (runnerId, address) => nodes.giveWay(runnerId, address),
  });
  const doors = { runners, packs, enrollment, runs, approvals, grants, policy, team, tokens, trail };
  const stream = createEventStream({
    outbox,
    clock,
    version: VERSION,
    report,
    loaders: createStreamLoaders(doors),
  });
  const { presence, sessions } = runners;
  const voidSessions: VoidSessions = (tx, living) => sessions.void(tx, living);
  const nodes =
    shared && nodeId
      ? createNodes({
          ...base,
          ...shared,
          nodeId,
          local,
          presence,
          voidSessions,
          sockets: gateway,
          runs,
          stream,
          report,
        })
      : createLoneNode({ ...base, voidSessions });
  return {
    members,
    tokens,
    policy,
    grants,
    approvals,
    packs,
    runners,
    enrollment,
    runs,
    notices,
    gateway,
    stream,
    trail,
    team,
    actAs,
    devices,
    nodes,
  };
}
