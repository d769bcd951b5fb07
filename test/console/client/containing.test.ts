import { expect, test } from 'vitest';
import { freshReadOf, isRead } from '../../../src/console/client/containing.ts';
import { approve, deny, getApproval } from '../../../src/protocol/api/approvals.ts';
import { simulatePolicy } from '../../../src/protocol/api/policy.ts';
import { getPackVersion, revokePackVersion, trustPackVersion } from '../../../src/protocol/api/packs.ts';
import { deleteRunner, enableRunner, getRunner, holdRunner } from '../../../src/protocol/api/runners.ts';
import { cancelRun, dispatch, getRun } from '../../../src/protocol/api/runs.ts';

test.each([
  [holdRunner, getRunner],
  [cancelRun, getRun],
  [deny, getApproval],
  [revokePackVersion, getPackVersion],
])('$path contains damage: it goes out over a stale screen once its thing was read anew', (route, read) => {
  expect(freshReadOf(route)).toBe(read);
});

test.each([approve, trustPackVersion, enableRunner, deleteRunner, dispatch])(
  '$path waits until the screen is live',
  (route) => {
    expect(freshReadOf(route)).toBeNull();
    expect(isRead(route)).toBe(false);
  },
);

test('trying out a policy changes nothing, although it is a POST', () => {
  expect(isRead(simulatePolicy)).toBe(true);
});
