// state × what the stream said → state. Pure. Every remote string is neutralised here, at the door (T17);
// the exact text of output stays beside its safe lines, for saving.
import { refusals, isRefusalCode } from '../../protocol/errors.ts';
import type { Snapshot, StreamEvent, StreamReply, Topic } from '../../protocol/events.ts';
import { neutralise, neutraliseDeep } from '../../protocol/neutralise.ts';
import { isTerminal } from '../../protocol/run.ts';
import type { Grant } from '../../protocol/api/grants.ts';
import type { Runner } from '../../protocol/api/runners.ts';
import type { Badges } from '../../protocol/api/session.ts';
import { createDraft, type Draft } from './draft.ts';
import { addChunks, buildLog, chunksOf } from './output-log.ts';
import { orderedPolicy, withRules } from './account-policy.ts';
import { isSame, shareRows } from './sharing.ts';
import { absentTopic, type ConsoleState, type TopicState } from './state.ts';

/** What the stream said about one topic. */
export interface TopicReply {
  readonly topic: Topic;
  readonly reply: Extract<StreamReply, { id: number }>;
}

/** Finished runs beyond this many are let go, oldest first; older ones are fetched by page. */
export const RUNS_HELD = 2000;
/** The same for events of the audit trail. */
export const EVENTS_HELD = 2000;
/** And of requests that were decided. */
export const APPROVALS_HELD = 2000;

export function reduce(state: ConsoleState, topic: Topic, reply: TopicReply['reply']): ConsoleState {
  return reduceAll(state, [{ topic, reply }]);
}

/** Told of an event with the state that it finds, which is to be read at once and not kept. */
export type EventListener = (before: ConsoleState, event: StreamEvent) => void;

/** Applies replies in order; each map is copied at most once for all of them. */
export function reduceAll(
  state: ConsoleState,
  replies: readonly TopicReply[],
  onEvent: EventListener = () => {},
): ConsoleState {
  const draft = createDraft(state);
  for (const { topic, reply } of replies) {
    if (reply.type === 'event') onEvent(draft.state, reply.event);
    applyReply(draft, topic, reply);
  }
  return draft.state;
}

function applyReply(draft: Draft, topic: Topic, reply: TopicReply['reply']): void {
  switch (reply.type) {
    case 'snapshot':
      applySnapshot(draft, topic, reply.snapshot);
      return setTopic(draft, topic, {
        phase: 'ready',
        at: reply.at,
        failure: null,
        more: hasMore(reply.snapshot),
      });
    case 'resumed':
      return setTopic(draft, topic, { phase: 'ready', failure: null });
    case 'event':
      applyEvent(draft, topic, reply.event);
      return setTopic(draft, topic, { at: reply.at });
    case 'resync_required':
      return setTopic(draft, topic, { phase: 'loading' });
    case 'unsubscribed':
      return;
    case 'refused': {
      const fix = isRefusalCode(reply.code) ? refusals[reply.code].fix : '';
      const failure = { code: neutralise(reply.code), detail: neutralise(reply.detail), fix };
      return setTopic(draft, topic, { phase: 'error', failure });
    }
  }
}

function hasMore(snapshot: Snapshot): boolean {
  return 'more' in snapshot && snapshot.more;
}

function setTopic(draft: Draft, topic: Topic, change: Partial<TopicState>): void {
  const before = draft.state.topics.get(topic) ?? absentTopic;
  const after = { ...before, ...change };
  // Heartbeats come every second: what only moves `at` must not be news to readers of the phase.
  if (!isSame(before, after) || !draft.state.topics.has(topic)) draft.put('topics', topic, after);
}

function applySnapshot(draft: Draft, topic: Topic, snapshot: Snapshot): void {
  const { state } = draft;
  switch (snapshot.topic) {
    case 'fleet':
      draft.replace('runners', shareRows(state.runners, snapshot.runners.map(neutraliseDeep)));
      return draft.replace('beats', new Map());
    case 'badges':
      return putBadges(draft, snapshot.badges);
    case 'approvals':
      return draft.replace('approvals', shareRows(state.approvals, snapshot.approvals.map(neutraliseDeep)));
    case 'grants':
      return draft.replace('grants', shareRows(state.grants, snapshot.grants.map(neutraliseDeep)));
    case 'team':
      return draft.replace('members', shareRows(state.members, snapshot.members.map(neutraliseDeep)));
    case 'keys':
      return draft.replace('tokens', shareRows(state.tokens, snapshot.tokens.map(neutraliseDeep)));
    case 'policy':
      return draft.assign({ policy: orderedPolicy(neutraliseDeep(snapshot.policy)) });
    case 'packs':
      return draft.replace(
        'packVersions',
        shareRows(state.packVersions, snapshot.pack_versions.map(neutraliseDeep)),
      );
    case 'runs':
      return draft.replace('runs', shareRows(state.runs, snapshot.runs.map(neutraliseDeep)));
    case 'enrollment_keys':
      return draft.replace(
        'enrollmentKeys',
        shareRows(state.enrollmentKeys, snapshot.keys.map(neutraliseDeep)),
      );
    case 'audit':
      return draft.replace('auditEvents', shareRows(state.auditEvents, snapshot.events.map(neutraliseDeep)));
    case 'run':
      return openRun(draft, topic, snapshot);
  }
}

/** Chunks never change, so what was paged in before stays; a hole between both parts is marked as one. */
function openRun(draft: Draft, topic: Topic, snapshot: Extract<Snapshot, { topic: 'run' }>): void {
  const id = runIdOf(topic);
  const held = draft.state.openRuns.get(id)?.output;
  const first = snapshot.chunks[0]?.seq;
  const before =
    held === undefined || first === undefined ? [] : chunksOf(held).filter((chunk) => chunk.seq < first);
  const moreBefore = held !== undefined && before.length > 0 ? held.moreBefore : snapshot.more_before;
  const output = buildLog([...before, ...snapshot.chunks], moreBefore, false);
  draft.put('openRuns', id, { run: neutraliseDeep(snapshot.run), output });
}

function runIdOf(topic: Topic): string {
  return topic.slice('run:'.length);
}

function applyEvent(draft: Draft, topic: Topic, event: StreamEvent): void {
  switch (event.type) {
    case 'fleet.heartbeats':
      return recordBeats(draft, event.beats, Date.parse(event.at));
    case 'runner.deleted':
      draft.drop('beats', event.runner_id);
      return draft.drop('runners', event.runner_id);
    case 'badges.updated':
      return putBadges(draft, event.badges);
    case 'pack_version.changed':
      return draft.put('packVersions', event.pack_version.id, neutraliseDeep(event.pack_version));
    case 'pack_version.deleted':
      return draft.drop('packVersions', event.pack_version_id);
    case 'enrollment_key.changed':
      return draft.put('enrollmentKeys', event.key.id, neutraliseDeep(event.key));
    case 'run.created':
    case 'run.updated':
    case 'run.finished':
      draft.put('runs', event.run.id, neutraliseDeep(event.run));
      return boundRuns(draft);
    case 'member.removed':
      return draft.drop('members', event.member_id);
    case 'policy.updated': {
      const { policy } = draft.state;
      return policy === null
        ? undefined
        : draft.assign({ policy: withRules(policy, neutraliseDeep(event.policy)) });
    }
    case 'audit.event':
      draft.put('auditEvents', event.event.id, neutraliseDeep(event.event));
      return boundEvents(draft);
    case 'run.detail':
    case 'run.output':
    case 'run.output_gap':
      return applyRunEvent(draft, runIdOf(topic), event);
    default:
      return applyRow(draft, event);
  }
}

/** Events that carry the whole row of something that is kept by its id. */
type RowEvent = Extract<
  StreamEvent,
  { runner: unknown } | { approval: unknown } | { grant: unknown } | { member: unknown } | { token: unknown }
>;

function applyRow(draft: Draft, event: RowEvent): void {
  if ('runner' in event) return putRunner(draft, event.runner);
  if ('member' in event) return draft.put('members', event.member.id, neutraliseDeep(event.member));
  if ('token' in event) return draft.put('tokens', event.token.id, neutraliseDeep(event.token));
  if ('grant' in event) return putGrant(draft, event.grant);
  draft.put('approvals', event.approval.id, neutraliseDeep(event.approval));
  return boundApprovals(draft);
}

function putBadges(draft: Draft, badges: Badges): void {
  if (!isSame(draft.state.badges, badges)) draft.assign({ badges });
}

function putGrant(draft: Draft, grant: Grant): void {
  if (grant.state === 'active' || grant.state === 'inert')
    return draft.put('grants', grant.id, neutraliseDeep(grant));
  draft.drop('grants', grant.id);
}

function putRunner(draft: Draft, runner: Runner): void {
  const safe = neutraliseDeep(runner);
  const before = draft.state.runners.get(safe.id);
  if (before === undefined || !isSame(before, safe)) draft.put('runners', safe.id, safe);
}

function recordBeats(draft: Draft, beats: readonly (readonly [string, number])[], at: number): void {
  for (const [id, load] of beats) {
    if (draft.state.runners.has(id)) draft.put('beats', id, { at, load });
  }
}

type RunEvent = Extract<StreamEvent, { type: 'run.detail' | 'run.output' | 'run.output_gap' }>;

function applyRunEvent(draft: Draft, id: string, event: RunEvent): void {
  const view = draft.state.openRuns.get(id);
  if (view === undefined) return;
  if (event.type === 'run.detail')
    return draft.put('openRuns', id, { ...view, run: neutraliseDeep(event.run) });
  // The hole shows itself by its missing numbers; the session fetches it.
  if (event.type === 'run.output_gap') return;
  const output = addChunks(view.output, event.chunks);
  if (output !== view.output) draft.put('openRuns', id, { ...view, output });
}

function boundEvents(draft: Draft): void {
  const { auditEvents } = draft.state;
  if (auditEvents.size <= EVENTS_HELD * 1.25) return;
  const oldest = [...auditEvents.values()].toSorted((a, b) => a.seq - b.seq);
  for (const event of oldest.slice(0, auditEvents.size - EVENTS_HELD)) draft.drop('auditEvents', event.id);
}

function boundApprovals(draft: Draft): void {
  const { approvals } = draft.state;
  if (approvals.size <= APPROVALS_HELD * 1.25) return;
  const decided = [...approvals.values()].filter(({ status }) => status !== 'pending');
  decided.sort((a, b) => (a.requested_at < b.requested_at ? -1 : 1));
  for (const { id } of decided.slice(0, approvals.size - APPROVALS_HELD)) draft.drop('approvals', id);
}

function boundRuns(draft: Draft): void {
  const { runs } = draft.state;
  if (runs.size <= RUNS_HELD * 1.25) return;
  const oldest = [...runs.values()].filter((run) => isTerminal(run.status));
  oldest.sort((a, b) => (a.queued_at < b.queued_at ? -1 : 1));
  for (const run of oldest.slice(0, runs.size - RUNS_HELD)) draft.drop('runs', run.id);
}
