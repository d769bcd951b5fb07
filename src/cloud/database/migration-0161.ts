// Schema: counting what waits in an account, for the badge, without looking at what was decided.

export const waitingApprovals: readonly string[] = [
  "create index approvals_waiting on approvals (account_id, expires_at) where status = 'pending'",
];
