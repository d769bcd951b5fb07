import { expect, test } from 'vitest';
import { approvalStatusAt, judgeVote, type JudgedRequest } from '../../src/protocol/approval.ts';

const request = (change: Partial<JudgedRequest> = {}): JudgedRequest => ({
  status: 'pending',
  requestedBy: 'ada',
  minApprovals: 2,
  allowSelfApproval: true,
  votes: [],
  ...change,
});
const yes = (...people: string[]) => people.map((memberId) => ({ memberId, vote: 'approve' as const }));

test.each([
  ['pending', 99, 'pending'],
  ['pending', 100, 'expired'],
  ['approved', 100, 'approved'],
  ['cancelled', 101, 'cancelled'],
] as const)('AP1: a %s request that expires at 100 reads at %i as %s', (status, now, reads) => {
  expect(approvalStatusAt({ status, expiresAt: 100 }, now)).toBe(reads);
});

test.each([
  ['expired', 'expired'],
  ['cancelled', 'run_cancelled'],
  ['approved', 'already_decided'],
  ['denied', 'already_decided'],
] as const)('AP1: a vote on a request that is %s is refused as %s', (status, because) => {
  for (const vote of ['approve', 'deny'] as const)
    expect(judgeVote(request({ status }), 'bob', vote)).toEqual({ allow: false, because });
});

test.each([
  [1, [], 'approved'],
  [2, [], 'pending'],
  [2, yes('cy'), 'approved'],
  [3, yes('cy'), 'pending'],
  [3, yes('cy', 'di'), 'approved'],
  [2, yes('cy', 'cy'), 'approved'],
] as const)(
  'AP2: of %i people needed, with %j before, one more makes it %s',
  (minApprovals, votes, status) => {
    expect(judgeVote(request({ minApprovals, votes }), 'bob', 'approve')).toMatchObject({
      allow: true,
      status,
    });
  },
);

test('AP2: the same person counts once, however often they vote', () => {
  expect(judgeVote(request({ votes: yes('bob') }), 'bob', 'approve')).toEqual({
    allow: true,
    status: 'pending',
    isNew: false,
  });
});

test('AP3: one denial decides, also by somebody who approved before', () => {
  expect(judgeVote(request({ votes: yes('cy') }), 'bob', 'deny')).toMatchObject({ status: 'denied' });
  expect(judgeVote(request({ votes: yes('bob') }), 'bob', 'deny')).toMatchObject({ status: 'denied' });
});

test('AP4: who asked approves only where policy let them, and may always deny', () => {
  expect(judgeVote(request({ minApprovals: 1 }), 'ada', 'approve')).toMatchObject({ status: 'approved' });
  const strict = request({ allowSelfApproval: false, minApprovals: 1 });
  expect(judgeVote(strict, 'ada', 'approve')).toEqual({ allow: false, because: 'self_approval_forbidden' });
  expect(judgeVote(strict, 'bob', 'approve')).toMatchObject({ status: 'approved' });
  expect(judgeVote(strict, 'ada', 'deny')).toMatchObject({ status: 'denied' });
});
