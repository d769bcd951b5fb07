// What every code means and what to do: the catalogue of refusals and the guide to faults as one list.
import { refusals } from '../../protocol/errors.ts';
import { faults, isFaultId, type FaultId } from '../../protocol/faults.ts';
import type { Runner } from '../../protocol/api/runners.ts';
import type { Run } from '../../protocol/api/runs.ts';
import { badgeOf } from '../../protocol/runner.ts';

export interface Explanation {
  readonly id: string;
  /** The fault that a refusal is about, for more; null for a fault itself. */
  readonly fault: FaultId | null;
  readonly seen: string;
  readonly means: string;
  readonly fix: string;
  readonly commands: readonly string[];
}

export const explanations: readonly Explanation[] = [
  ...Object.entries(faults).map(([id, { seen, cause, fix, commands }]): Explanation => ({
    id,
    fault: null,
    seen,
    means: cause,
    fix,
    commands,
  })),
  ...Object.entries(refusals).map(([id, entry]): Explanation => {
    const named: string | undefined = 'fault' in entry ? entry.fault : undefined;
    const fault = named !== undefined && isFaultId(named) ? named : null;
    return {
      id,
      fault,
      seen: fault === null ? 'refused' : faults[fault].seen,
      means: entry.sentence,
      fix: entry.fix,
      commands: fault === null ? [] : faults[fault].commands,
    };
  }),
];

/** By a code or by a fault; each brings the other along, the fault first. */
export function explanationsOf(code: string): readonly Explanation[] {
  const named = explanations.find(({ id }) => id === code);
  const fault = named?.fault ?? code;
  return explanations.filter(
    (entry) => entry.id === code || entry.id === fault || (named?.fault === null && entry.fault === code),
  );
}

/** What is wrong with a runner, the worst first; null when nothing is. */
export function faultOfRunner(runner: Runner): string | null {
  const badge = badgeOf(runner);
  if (badge === 'offline') return 'runner.offline';
  if (badge === 'stale') return 'runner.stale';
  if (runner.conflict !== null) return 'runner.flapping';
  if (badge === 'disabled') return 'connect.403';
  if (badge === 'revoked') return 'connect.401';
  if (runner.degraded_count > 0) return 'pack.degraded';
  if (badge === 'held') return 'runner.held';
  if (runner.signed_only) return 'runner.signed_only';
  if (runner.packs_pending > 0) return 'pack.pending';
  if (runner.version_class === 'unsupported') return 'runner.unsupported';
  return runner.version_class === 'supported' ? null : 'runner.outdated';
}

/** What became of a run that did not end well, or why it waits; `cause` where its record is at hand. */
export function faultOfRun(run: Pick<Run, 'status'>, cause: string | null = null): string | null {
  if (cause !== null && explanationsOf(cause).length > 0) return cause;
  switch (run.status) {
    case 'failed':
      return 'run.failed';
    case 'timed_out':
      return 'run.timed_out';
    case 'refused':
      return 'run.refused';
    case 'denied':
      return 'dispatch.denied';
    case 'pending_approval':
      return 'run.pending_approval';
    case 'pending':
      return 'run.pending_offline';
    case 'error':
      return cause === 'never_reached' ? 'run.error.unreached' : 'run.error.unknown';
    default:
      return null;
  }
}
