// A control plane that answers what the console watches from rows that the test holds, and tells of changes.
import type { Approval } from '../../../src/protocol/api/approvals.ts';
import type { AuditEvent } from '../../../src/protocol/api/audit.ts';
import type { EnrollmentKey } from '../../../src/protocol/api/enrollment-keys.ts';
import type { Grant } from '../../../src/protocol/api/grants.ts';
import type { PackVersion } from '../../../src/protocol/api/packs.ts';
import type { Runner } from '../../../src/protocol/api/runners.ts';
import type { OutputChunk, Run, RunDetail } from '../../../src/protocol/api/runs.ts';
import { getMe } from '../../../src/protocol/api/session.ts';
import type { Snapshot, StreamEvent, StreamMember, StreamToken } from '../../../src/protocol/events.ts';
import { permissionsOf, type Role } from '../../../src/protocol/permission.ts';
import type { ControlPlane } from './control-plane.ts';
import { eventually } from './eventually.ts';
import { accountPolicy, quietBadges } from './decision-rows.ts';
import { AT, me } from './rows.ts';

export interface Rows {
  runners: Runner[];
  packs: PackVersion[];
  runs: Run[];
  keys: EnrollmentKey[];
  approvals: Approval[];
  grants: Grant[];
  members: StreamMember[];
  tokens: StreamToken[];
  events: AuditEvent[];
  open: Map<string, { run: RunDetail; chunks: OutputChunk[]; moreBefore: boolean }>;
}

export interface ServedTopics {
  readonly rows: Rows;
  /** Tells every viewer of the topic, once there is one. */
  tell(topic: string, event: StreamEvent): Promise<void>;
}

export function serveTopics(
  plane: ControlPlane,
  given: Partial<Rows> = {},
  role: Role = 'owner',
): ServedTopics {
  const rows: Rows = {
    ...{ runners: [], packs: [], runs: [], keys: [] },
    ...{ approvals: [], grants: [], members: [], tokens: [], events: [] },
    open: new Map(),
    ...given,
  };
  const subscriptions: { topic: string; tell: (event: StreamEvent) => void }[] = [];
  const member = { id: 'mem_1', name: 'mara', role };
  plane.answer(getMe, () => me({ member, permissions: permissionsOf(role) }));
  plane.onRequest((viewer, request) => {
    if (request.type !== 'subscribe') return;
    const { id, topic } = request;
    const snapshot = snapshotOf(rows, topic);
    if (snapshot === null) {
      return viewer.send({ type: 'refused', id, code: 'not_found', detail: 'Cannot find this run' });
    }
    viewer.send({ type: 'snapshot', id, cursor: 'c0', at: AT, snapshot });
    let seq = 0;
    subscriptions.push({
      topic,
      tell(event) {
        seq += 1;
        viewer.send({ type: 'event', id, seq, cursor: `c${seq}`, at: AT, event });
      },
    });
  });
  return {
    rows,
    async tell(topic, event) {
      await eventually(() => subscriptions.some((subscription) => subscription.topic === topic));
      for (const subscription of subscriptions) if (subscription.topic === topic) subscription.tell(event);
    },
  };
}

function badgesOf({ packs, approvals }: Rows) {
  return {
    packs_needing_decision: packs.filter(({ state }) => state === 'pending').length,
    pending_approvals: approvals.filter(({ status }) => status === 'pending').length,
  };
}

function snapshotOf(rows: Rows, topic: string): Snapshot | null {
  switch (topic) {
    case 'fleet':
      return { topic, runners: rows.runners };
    case 'badges':
      return { topic, badges: { ...quietBadges, ...badgesOf(rows) } };
    case 'approvals':
      return { topic, approvals: rows.approvals, more: false };
    case 'grants':
      return { topic, grants: rows.grants };
    case 'team':
      return { topic, members: rows.members };
    case 'keys':
      return { topic, tokens: rows.tokens, more: false };
    case 'policy':
      return { topic, policy: accountPolicy() };
    case 'packs':
      return { topic, pack_versions: rows.packs };
    case 'runs':
      return { topic, runs: rows.runs, more: false };
    case 'audit':
      return { topic, events: rows.events, more: false };
    case 'enrollment_keys':
      return { topic, keys: rows.keys };
    default: {
      const open = rows.open.get(topic.slice('run:'.length));
      return open === undefined
        ? null
        : { topic: 'run', run: open.run, chunks: open.chunks, more_before: open.moreBefore };
    }
  }
}
