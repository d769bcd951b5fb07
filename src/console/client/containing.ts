// The few changes that contain damage, and what must be read afresh before one goes out over a stale screen.
import { deny, getApproval } from '../../protocol/api/approvals.ts';
import { getEnrollmentKey, revokeEnrollmentKey } from '../../protocol/api/enrollment-keys.ts';
import { revokeGrant } from '../../protocol/api/grants.ts';
import { getPackVersion, revokePackVersion } from '../../protocol/api/packs.ts';
import { simulatePolicy } from '../../protocol/api/policy.ts';
import type { Route } from '../../protocol/api/route.ts';
import { disableRunner, getRunner, holdRunner, revokeRunnerToken } from '../../protocol/api/runners.ts';
import { cancelRun, getRun } from '../../protocol/api/runs.ts';
import { getMe, revokeToken } from '../../protocol/api/session.ts';

const freshReads = new Map<Route, Route>([
  [holdRunner, getRunner],
  [disableRunner, getRunner],
  [revokeRunnerToken, getRunner],
  [revokeEnrollmentKey, getEnrollmentKey],
  [cancelRun, getRun],
  [deny, getApproval],
  [revokePackVersion, getPackVersion],
  [revokeToken, getMe],
  [revokeGrant, getMe],
] as [Route, Route][]);

/** True for calls that change nothing: those may go out whatever the screen knows. */
export function isRead(route: Route): boolean {
  return route.method === 'GET' || route === simulatePolicy;
}

/** The read that must succeed first, or null when the change may not go out at all while stale. */
export function freshReadOf(route: Route): Route | null {
  return freshReads.get(route) ?? null;
}
