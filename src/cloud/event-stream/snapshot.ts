// The first thing that a subscription gets: everything of its topic as it is now, in one reply.
import type { Snapshot } from '../../protocol/events.ts';
import type { Permission } from '../../protocol/permission.ts';
import type { Scoped } from '../../protocol/scope.ts';
import type { Caller } from '../http/bound-route.ts';
import type { StreamLoaders } from './loaders.ts';

const SNAPSHOT_RUNS = 200;
const SNAPSHOT_AUDIT_EVENTS = 200;
const SNAPSHOT_TOKENS = 500;
const SNAPSHOT_CHUNKS = 500;
const RUN_TOPIC = 'run:';

/** The run that a topic is about, or null. */
export function runOfTopic(topic: string): string | null {
  return topic.startsWith(RUN_TOPIC) ? topic.slice(RUN_TOPIC.length) : null;
}

const permissions: Readonly<Record<string, Permission>> = {
  fleet: 'runners.view',
  badges: 'runners.view',
  packs: 'packs.view',
  audit: 'audit.view',
  enrollment_keys: 'enrollment_keys.view',
  approvals: 'approvals.view',
  grants: 'grants.manage',
  team: 'members.view',
  policy: 'policy.view',
  keys: 'tokens.own',
};

export function permissionOfTopic(topic: string): Permission {
  return permissions[topic] ?? 'runs.view';
}

/** Null when the topic is about a run that does not exist here. */
export async function takeSnapshot(
  loaders: StreamLoaders,
  asked: Caller,
  topic: string,
): Promise<Snapshot | null> {
  const runId = runOfTopic(topic);
  if (runId !== null) return snapshotOfRun(loaders, asked, runId);
  switch (topic) {
    case 'fleet':
      return { topic, runners: await loaders.runnerRows(asked, null) };
    case 'badges':
      return { topic, badges: await loaders.badges(asked) };
    case 'approvals': {
      const { items, more } = await loaders.approvalsNow(asked);
      return { topic, approvals: items, more };
    }
    case 'grants':
      return { topic, grants: await loaders.grantRows(asked, null) };
    case 'team':
      return { topic, members: await loaders.memberRows(asked, null) };
    case 'policy':
      return { topic, policy: await loaders.policyOf(asked) };
    case 'keys': {
      const tokens = await loaders.tokensSeenBy(asked, SNAPSHOT_TOKENS + 1);
      return { topic, tokens: tokens.slice(0, SNAPSHOT_TOKENS), more: tokens.length > SNAPSHOT_TOKENS };
    }
    case 'packs':
      return { topic, pack_versions: await loaders.packVersionRows(asked, null) };
    case 'audit': {
      const { items, next_cursor } = await loaders.auditPage(asked, SNAPSHOT_AUDIT_EVENTS);
      return { topic, events: items, more: next_cursor !== null };
    }
    case 'enrollment_keys':
      return { topic, keys: await loaders.keyRows(asked, null) };
    case 'runs': {
      const runs = await loaders.runRows(asked, null, SNAPSHOT_RUNS + 1);
      return { topic, runs: runs.slice(0, SNAPSHOT_RUNS), more: runs.length > SNAPSHOT_RUNS };
    }
    default:
      return null;
  }
}

// The record first, then its output: if the record says that it ended, the output read after it is all there is.
async function snapshotOfRun(loaders: StreamLoaders, asked: Scoped, runId: string): Promise<Snapshot | null> {
  const run = await loaders.runDetail(asked, runId);
  if (!run) return null;
  const tail = await loaders.outputTail(asked, runId, SNAPSHOT_CHUNKS);
  return { topic: 'run', run, chunks: tail.items, more_before: tail.more_before };
}

/** The last output chunk that a snapshot holds; 0 when it holds none. */
export function lastChunkOf(snapshot: Snapshot): number {
  return snapshot.topic === 'run' ? (snapshot.chunks.at(-1)?.seq ?? 0) : 0;
}
