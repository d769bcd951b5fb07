// What keeps everything from being started on a runner, whatever the action.
import type { RefusalCode } from '../../protocol/errors.ts';

export function blockOfRunner(runner: {
  disabled_at: number | null;
  revoked_at: number | null;
  held_at: number | null;
  signed_only: number;
}): RefusalCode | null {
  if (runner.disabled_at !== null) return 'runner_disabled';
  if (runner.revoked_at !== null) return 'runner_revoked';
  if (runner.held_at !== null) return 'runner_held';
  return runner.signed_only === 1 ? 'runner_requires_attestation' : null;
}
