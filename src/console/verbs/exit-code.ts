// What a shell learns from a verb's end.
import type { Refusal } from '../../protocol/errors.ts';
import type { RunDetail } from '../../protocol/api/runs.ts';
import { refusalCodeOf } from '../client/remote-refusal.ts';

export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  refused: 3,
  signedOut: 4,
  notFound: 5,
  conflict: 6,
  unreachable: 7,
  interrupted: 130,
} as const;

/** Refusals by policy, trust or scope, whatever status they travel with. */
const refusedCodes = new Set([
  'pack_untrusted',
  'pack_retired',
  'action_contract_changed',
  'descriptor_mismatch',
  'denied_by_policy',
  'approval_required',
  'runner_requires_attestation',
  'insufficient_privileges',
]);

const byStatus: Record<number, number> = {
  400: EXIT.usage,
  401: EXIT.signedOut,
  403: EXIT.refused,
  404: EXIT.notFound,
  405: EXIT.usage,
  409: EXIT.conflict,
  429: EXIT.unreachable,
  502: EXIT.unreachable,
  503: EXIT.unreachable,
};

export function exitCodeOf(refusal: Refusal): number {
  return exitCodeOfAnswer(refusalCodeOf(refusal), refusal.status);
}

/** The same for a refusal that came as words inside an answer. */
export function exitCodeOfAnswer(code: string, status: number): number {
  return refusedCodes.has(code) ? EXIT.refused : (byStatus[status] ?? EXIT.failed);
}

/** A run's own code; a run that never had one counts by how it ended. */
export function exitCodeOfRun({ status, exit_code }: Pick<RunDetail, 'status' | 'exit_code'>): number {
  if (status === 'success') return 0;
  if (status === 'refused' || status === 'denied') return EXIT.refused;
  if (status === 'failed' && exit_code !== null) return exit_code & 0xff || EXIT.failed;
  return EXIT.failed;
}
