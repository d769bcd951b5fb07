// What a viewer who does not reach everything is told of an event: all of it, a part, that a row is gone, or
// nothing. Numbers are given after this, so that a gap tells nothing about what one may not see.
import type { PolicyScope } from '../../protocol/api/policy.ts';
import type { StreamEvent } from '../../protocol/events.ts';
import { reachesPack, reachesRunner, type Reach } from '../../protocol/scope.ts';
import type { RingEvent } from './ring.ts';

interface FollowedRun {
  id: string;
  runner_id: string;
  pack_id: string;
}

export interface ReachFilter {
  /** Runners that a snapshot has just shown, or that are in reach now. */
  begin(runnerIds: readonly string[]): void;
  /** Whose output is followed from here on. */
  follow(run: FollowedRun): void;
  /** The event as it may be told; null for nothing; `read again` for a row that looks different from here. */
  see(entry: RingEvent): StreamEvent | null | 'read again';
}

export function createReachFilter(reach: Reach): ReachFilter {
  const visible = new Set<string>();
  const followed = new Map<string, FollowedRun>();
  const seesRun = (run: { runner_id: string; pack_id: string }) =>
    visible.has(run.runner_id) && reachesPack(reach, run.pack_id);

  // One for any runner concerns whoever reaches runners at all.
  const seesGrant = (grant: { runner_id: string | null; pack_id: string }) =>
    reachesPack(reach, grant.pack_id) &&
    (grant.runner_id === null ? reach.runners !== 'none' : visible.has(grant.runner_id));
  function seesPolicyOf({ kind, ref }: PolicyScope): boolean {
    if (kind === 'account' || ref === null) return true;
    return kind === 'group' ? reachesRunner(reach, { id: '', group: ref }) : visible.has(ref);
  }

  function seeRunner(event: Extract<StreamEvent, { runner: unknown }>): StreamEvent | null {
    const { runner } = event;
    if (reachesRunner(reach, runner)) {
      visible.add(runner.id);
      return event;
    }
    // It left: a runner that declares another group is from here on as absent as any other.
    return visible.delete(runner.id) ? { type: 'runner.deleted', runner_id: runner.id } : null;
  }

  return {
    begin: (ids) => {
      for (const id of ids) visible.add(id);
    },
    follow: (run) => void followed.set(`run:${run.id}`, run),
    see: ({ topic, event }) => {
      switch (event.type) {
        case 'fleet.heartbeats': {
          const beats = event.beats.filter(([id]) => visible.has(id));
          return beats.length === 0 ? null : { ...event, beats };
        }
        case 'runner.deleted':
          return visible.delete(event.runner_id) ? event : null;
        case 'badges.updated':
          // Of the whole account; the viewer asks for its own.
          return null;
        case 'pack_version.changed':
          return reachesPack(reach, event.pack_version.pack_id) ? 'read again' : null;
        case 'pack_version.deleted':
          return event;
        case 'run.created':
        case 'run.updated':
        case 'run.finished':
        case 'run.detail':
          return seesRun(event.run) ? event : null;
        case 'run.output':
        case 'run.output_gap': {
          const run = followed.get(topic);
          return run && seesRun(run) ? event : null;
        }
        case 'enrollment_key.changed': {
          const { key } = event;
          const isSeen = key.runner_id === null || visible.has(key.runner_id);
          return isSeen ? event : { ...event, key: { ...key, runner_id: null } };
        }
        case 'approval.requested':
        case 'approval.voted':
        case 'approval.approved':
        case 'approval.denied':
        case 'approval.expired':
        case 'approval.cancelled':
          return seesRun(event.approval) ? event : null;
        case 'grant.created':
        case 'grant.used':
        case 'grant.revoked':
        case 'grant.state_changed':
          return seesGrant(event.grant) ? event : null;
        case 'policy.updated':
          return seesPolicyOf(event.policy.scope) ? event : null;
        case 'member.updated':
        case 'member.access_changed':
        case 'member.removed':
        case 'invitation.sent':
        case 'invitation.accepted':
        case 'token.minted':
        case 'token.used':
        case 'token.revoked':
          // Members are no one's scope; of tokens event-permission.ts has let through what may be seen.
          return event;
        case 'audit.event': {
          const { runner_id: runnerId, pack_id: packId, target } = event.event;
          const group = target?.kind === 'policy' ? /^group:(.*)$/s.exec(target.id ?? '')?.[1] : undefined;
          const isSeen =
            (runnerId === null || visible.has(runnerId)) &&
            (group === undefined || reachesRunner(reach, { id: '', group }));
          return isSeen && (packId === null || reachesPack(reach, packId)) ? event : null;
        }
        default:
          return seeRunner(event);
      }
    },
  };
}
