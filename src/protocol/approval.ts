// The life of one request for approval (operator model A11, SPEC AP1 to AP4). Pure: a request, a vote and a time
// give an answer; the store obeys.
import { z } from 'zod';

export const approvalStatuses = ['pending', 'approved', 'denied', 'expired', 'cancelled'] as const;
export const ApprovalStatus = z.enum(approvalStatuses);
export type ApprovalStatus = z.infer<typeof ApprovalStatus>;

export const Vote = z.enum(['approve', 'deny']);
export type Vote = z.infer<typeof Vote>;

/** A request that nobody decided is over after this long. */
export const APPROVAL_EXPIRES_AFTER_MS = 24 * 60 * 60_000;
export const MAX_NOTE = 2000;

/** As everybody reads it: one that is overdue has expired, whether or not the sweep has come by. */
export function approvalStatusAt(
  request: { status: ApprovalStatus; expiresAt: number },
  now: number,
): ApprovalStatus {
  return request.status === 'pending' && now >= request.expiresAt ? 'expired' : request.status;
}

export interface JudgedRequest {
  status: ApprovalStatus;
  requestedBy: string;
  minApprovals: number;
  allowSelfApproval: boolean;
  /** One a person. */
  votes: readonly { memberId: string; vote: Vote }[];
}

export type VoteVerdict =
  | { allow: false; because: 'already_decided' | 'expired' | 'run_cancelled' | 'self_approval_forbidden' }
  /** What the request is after it, and whether anything is new. */
  | { allow: true; status: 'pending' | 'approved' | 'denied'; isNew: boolean };

/** `request.status` is the one at this moment. */
export function judgeVote(request: JudgedRequest, memberId: string, vote: Vote): VoteVerdict {
  if (request.status === 'expired') return { allow: false, because: 'expired' };
  if (request.status === 'cancelled') return { allow: false, because: 'run_cancelled' };
  if (request.status !== 'pending') return { allow: false, because: 'already_decided' };
  // One denial decides, and whoever asked may always take their own request back.
  if (vote === 'deny') return { allow: true, status: 'denied', isNew: true };
  if (memberId === request.requestedBy && !request.allowSelfApproval)
    return { allow: false, because: 'self_approval_forbidden' };
  const people = new Set(request.votes.filter((one) => one.vote === 'approve').map((one) => one.memberId));
  const isNew = !people.has(memberId);
  people.add(memberId);
  return { allow: true, status: people.size >= request.minApprovals ? 'approved' : 'pending', isNew };
}
