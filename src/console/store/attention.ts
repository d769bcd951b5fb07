// What an operator wants to be called for while looking elsewhere: something that waits for their decision, or a
// run of theirs that failed. Pure: a state, and one event that comes on top of it.
import type { Approval } from '../../protocol/api/approvals.ts';
import type { Run } from '../../protocol/api/runs.ts';
import type { StreamEvent } from '../../protocol/events.ts';
import { neutralise } from '../../protocol/neutralise.ts';
import { isFailure } from '../../protocol/run.ts';
import type { ConsoleState } from './state.ts';

export interface Attention {
  /** One kind calls once in a while, however much of it happens. */
  readonly kind: 'approval' | 'pack' | 'failure';
  readonly text: string;
  /** What to type to see it. */
  readonly place: string;
}

/** Null for what is no news, or nobody's business here. `before` is the state that the event finds. */
export function attentionOf(before: ConsoleState, event: StreamEvent): Attention | null {
  switch (event.type) {
    case 'run.created':
    case 'run.updated':
    case 'run.finished':
      return ofRun(before, event.run);
    case 'approval.requested':
      return ofRequest(before, event.approval);
    case 'pack_version.changed': {
      const { pack_version: version } = event;
      const known = before.packVersions.get(version.id);
      const isNew = known?.state !== 'pending' || known.pending_hash !== version.pending_hash;
      if (version.state !== 'pending' || !isNew || !may(before, 'packs.manage')) return null;
      const name = neutralise(`${version.pack_id} ${version.version}`);
      return { kind: 'pack', text: `${name} waits for a decision`, place: ':packs' };
    }
    default:
      return null;
  }
}

function ofRun(before: ConsoleState, run: Run): Attention | null {
  if (before.runs.get(run.id)?.status === run.status) return null;
  const isOwn = run.source === 'operator' && run.requested_by === before.me?.member.name;
  const what = neutralise(`${run.action_id} on ${run.runner_name}`);
  if (!isFailure(run.status) || !isOwn) return null;
  return { kind: 'failure', text: `${what} failed`, place: `:run ${run.id}` };
}

/** What one's agent asks for is not what one has asked for oneself. */
function ofRequest(before: ConsoleState, approval: Approval): Attention | null {
  const { id, run_id: runId, requested_by: by } = approval;
  const isByAgent = before.runs.get(runId)?.source === 'agent';
  const isOwn = by === before.me?.member.name && !isByAgent;
  if (before.approvals.has(id) || approval.status !== 'pending') return null;
  if (isOwn || !may(before, 'approvals.decide')) return null;
  const text = neutralise(`${by} asks for ${approval.action_id} on ${approval.runner_name}`);
  return { kind: 'approval', text, place: ':approvals' };
}

function may({ me }: ConsoleState, permission: 'packs.manage' | 'approvals.decide'): boolean {
  return me?.permissions.includes(permission) === true;
}

/** One call a kind in this time. */
export const COOL_DOWN_MS = 30_000;

/** Answers whether a call of that kind may be made now; one that may counts as made. */
export function createCoolDown(now: () => number): (kind: Attention['kind']) => boolean {
  const calledAt = new Map<Attention['kind'], number>();
  return (kind) => {
    const last = calledAt.get(kind);
    if (last !== undefined && now() - last < COOL_DOWN_MS) return false;
    calledAt.set(kind, now());
    return true;
  };
}
