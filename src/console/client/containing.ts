// The few changes that contain damage, and what must be read afresh before one goes out over a stale screen.
import { getEnrollmentKey, revokeEnrollmentKey } from '../../protocol/api/enrollment-keys.ts';
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
  [revokeToken, getMe],
] as [Route, Route][]);

/** The read that must succeed first, or null when the change may not go out at all while stale. */
export function freshReadOf(route: Route): Route | null {
  return freshReads.get(route) ?? null;
}
