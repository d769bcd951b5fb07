// Everything a console knows at one moment. Values are immutable and shared: a row that did not change
// keeps its identity, so that only rows that changed are drawn again. How it changes is reduce.ts.
import type { Approval } from '../../protocol/api/approvals.ts';
import type { AuditEvent } from '../../protocol/api/audit.ts';
import type { EnrollmentKey } from '../../protocol/api/enrollment-keys.ts';
import type { Grant } from '../../protocol/api/grants.ts';
import type { PackVersion } from '../../protocol/api/packs.ts';
import type { AccountPolicy } from '../../protocol/api/policy.ts';
import type { Runner } from '../../protocol/api/runners.ts';
import type { Run, RunDetail } from '../../protocol/api/runs.ts';
import type { Badges, Me } from '../../protocol/api/session.ts';
import type { StreamMember, StreamToken, Topic } from '../../protocol/events.ts';
import type { LinkState } from './link-state.ts';
import type { OutputLog } from './output-log.ts';

/** What went wrong, in words for an operator: stable code, one sentence, what to do. */
export interface Failure {
  readonly code: string;
  readonly detail: string;
  readonly fix: string;
}

export type TopicPhase = 'loading' | 'ready' | 'error';

export interface TopicState {
  readonly phase: TopicPhase;
  /** When the snapshot or the last event came, by the server's clock; null before the first. */
  readonly at: string | null;
  readonly failure: Failure | null;
  /** Older entries exist beyond the snapshot; fetch them by page. */
  readonly more: boolean;
}

export interface Beat {
  /** Milliseconds since the epoch, by the server's clock. */
  readonly at: number;
  /** Actions that the runner executed when it beat. */
  readonly load: number;
}

/** One run that is watched: its record and the window of its output that is held here. */
export interface RunView {
  readonly run: RunDetail;
  readonly output: OutputLog;
}

export interface Notice {
  /** Rises with every notice, so that equal texts are told apart. */
  readonly id: number;
  readonly tone: 'good' | 'caution' | 'danger' | 'plain';
  readonly text: string;
  /** What to do about it, or null. */
  readonly fix: string | null;
  readonly code: string | null;
  readonly at: number;
}

export interface ConsoleState {
  readonly link: LinkState;
  readonly serverVersion: string | null;
  readonly me: Me | null;
  readonly badges: Badges | null;
  readonly topics: ReadonlyMap<Topic, TopicState>;
  readonly runners: ReadonlyMap<string, Runner>;
  /** Beats since the snapshot, by runner id; apart from the rows, which keep their identity. */
  readonly beats: ReadonlyMap<string, Beat>;
  readonly packVersions: ReadonlyMap<string, PackVersion>;
  readonly runs: ReadonlyMap<string, Run>;
  readonly enrollmentKeys: ReadonlyMap<string, EnrollmentKey>;
  readonly approvals: ReadonlyMap<string, Approval>;
  /** Standing grants that have not ended, as far as the server said. */
  readonly grants: ReadonlyMap<string, Grant>;
  readonly members: ReadonlyMap<string, StreamMember>;
  /** Operator tokens: one's own, or all of the account for who manages tokens. */
  readonly tokens: ReadonlyMap<string, StreamToken>;
  readonly policy: AccountPolicy | null;
  readonly auditEvents: ReadonlyMap<string, AuditEvent>;
  /** Names of members that the command line completes; empty until somebody is about to type. */
  readonly memberNames: readonly string[];
  /** Runs that are watched (`run:<id>`), by run id. */
  readonly openRuns: ReadonlyMap<string, RunView>;
  /** The latest notice, or null once it was dismissed. */
  readonly notice: Notice | null;
}

export const absentTopic: TopicState = { phase: 'loading', at: null, failure: null, more: false };

/** A console that was just opened and has heard nothing yet. */
export function initialState(now: number): ConsoleState {
  return {
    link: { kind: 'connecting', since: now },
    serverVersion: null,
    me: null,
    badges: null,
    topics: new Map(),
    runners: new Map(),
    beats: new Map(),
    packVersions: new Map(),
    runs: new Map(),
    enrollmentKeys: new Map(),
    approvals: new Map(),
    grants: new Map(),
    members: new Map(),
    tokens: new Map(),
    policy: null,
    auditEvents: new Map(),
    memberNames: [],
    openRuns: new Map(),
    notice: null,
  };
}

/** The topic's state; `loading` for one that nobody asked for yet. */
export function topicState(state: ConsoleState, topic: Topic): TopicState {
  return state.topics.get(topic) ?? absentTopic;
}

/** When a runner was last heard, in milliseconds since the epoch, or null when it never was. */
export function lastBeatAt(state: ConsoleState, runner: Runner): number | null {
  const beat = state.beats.get(runner.id)?.at ?? null;
  const stored = runner.last_heartbeat_at === null ? null : Date.parse(runner.last_heartbeat_at);
  if (beat === null) return stored;
  return stored === null ? beat : Math.max(beat, stored);
}
