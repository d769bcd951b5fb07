// The rows that the event stream tells, each from the door of its domain.
import type { Approvals } from './approvals/approvals.ts';
import type { AuditTrail } from './audit/trail.ts';
import type { Enrollment } from './enrollment/enrollment.ts';
import type { StreamLoaders } from './event-stream/loaders.ts';
import type { Grants } from './grants/grants.ts';
import type { Packs } from './packs/packs.ts';
import type { Policy } from './policy/policy.ts';
import { readTold } from './policy/told.ts';
import type { Runners } from './runners/runners.ts';
import type { Runs } from './runs/runs.ts';
import type { Team } from './team/team.ts';
import type { Tokens } from './tokens/tokens.ts';

export function createStreamLoaders(doors: {
  runners: Pick<Runners, 'fleet' | 'presence'>;
  packs: Packs;
  enrollment: Pick<Enrollment, 'rows'>;
  runs: Runs;
  approvals: Approvals;
  grants: Grants;
  policy: Policy;
  team: Team;
  tokens: Tokens;
  trail: AuditTrail;
}): StreamLoaders {
  const { runners, packs, enrollment, runs, approvals, grants, policy, team, tokens, trail } = doors;
  return {
    runnerRows: (asked, ids) => runners.fleet.rows(asked, ids),
    packVersionRows: packs.rows,
    keyRows: enrollment.rows,
    runRows: runs.rows,
    runDetail: runs.detail,
    auditRows: trail.rows,
    auditPage: (asked, limit) => trail.list(asked, { order: 'desc', limit }),
    outputTail: (asked, runId, limit) => runs.output(asked, runId, { limit }),
    approvalRows: approvals.rows,
    approvalsNow: approvals.current,
    grantRows: grants.rows,
    grantIdsOfToken: grants.idsOfToken,
    memberRows: ({ accountId }, ids) => team.rows(accountId, ids),
    tokenRows: ({ accountId }, ids) => tokens.rows(accountId, ids),
    tokensSeenBy: tokens.seenBy,
    policyOf: policy.account,
    policyDocument: (asked, scope) => readTold(policy, asked, scope),
    badges: (asked) => runners.fleet.badges(asked),
    reachedRunners: (asked) => runners.fleet.reached(asked),
    takeBeats: (accountId) => runners.presence.takeBeats(accountId),
  };
}
