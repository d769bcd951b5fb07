// The operator's event stream (`GET /api/v1/stream`, WebSocket): what a client asks, what the server tells.
// A subscription is one topic: a snapshot first, then events numbered from 1 without gaps after scope
// filtering, so that a missing number means loss and a number tells nothing about what one may not see.
import { z } from 'zod';
import { Approval } from './api/approvals.ts';
import { AuditEvent } from './api/audit.ts';
import { EnrollmentKey } from './api/enrollment-keys.ts';
import { Grant } from './api/grants.ts';
import { Member } from './api/members.ts';
import { PackVersion } from './api/packs.ts';
import { AccountPolicy, PolicyDocument } from './api/policy.ts';
import { Runner } from './api/runners.ts';
import { OutputChunk, Run, RunDetail } from './api/runs.ts';
import { Badges, OperatorToken } from './api/session.ts';
import { Instant } from './api/route.ts';

/** The console asks this often and calls its data stale after that long without any frame (SPEC ST4). */
export const STREAM_PING_EVERY_MS = 10_000;
export const STREAM_STALE_AFTER_MS = 15_000;
/** A subscription can be resumed this long, or for that many events. */
export const RESUME_WITHIN_MS = 10 * 60_000;
export const RESUME_MAX_EVENTS = 50_000;
/** A viewer that lets this much wait is dropped from the live stream and must resync. */
export const VIEWER_BUFFER_BYTES = 4 * 1024 * 1024;

export const listTopics = [
  'fleet',
  'packs',
  'runs',
  'enrollment_keys',
  'approvals',
  'grants',
  'team',
  'policy',
  'keys',
  'audit',
  'badges',
] as const;
/** One of the above, or `run:<id>`. */
export const Topic = z.string().regex(new RegExp(`^(${listTopics.join('|')}|run:[A-Za-z0-9_]{1,64})$`));
export type Topic = z.infer<typeof Topic>;

export const StreamRequest = z.discriminatedUnion('type', [
  /** `id` is the client's own number for the subscription; `cursor` resumes after the last frame it had. */
  z.object({
    type: z.literal('subscribe'),
    id: z.number().int().min(1),
    topic: Topic,
    cursor: z.string().max(512).optional(),
  }),
  z.object({ type: z.literal('unsubscribe'), id: z.number().int().min(1) }),
  z.object({ type: z.literal('ping') }),
]);
export type StreamRequest = z.infer<typeof StreamRequest>;

const runnerEvent = <Name extends string>(type: Name) => z.object({ type: z.literal(type), runner: Runner });

const approvalEvent = <Name extends string>(type: Name) =>
  z.object({ type: z.literal(type), approval: Approval });
const grantEvent = <Name extends string>(type: Name) => z.object({ type: z.literal(type), grant: Grant });

/** The same for every viewer: which one is oneself the id says, and addresses are not for everybody. */
export const StreamMember = Member.omit({ you: true, email: true });
export type StreamMember = z.infer<typeof StreamMember>;
export const StreamToken = OperatorToken.omit({ current: true });
export type StreamToken = z.infer<typeof StreamToken>;
const memberEvent = <Name extends string>(type: Name) =>
  z.object({ type: z.literal(type), member: StreamMember });
const tokenEvent = <Name extends string>(type: Name) =>
  z.object({ type: z.literal(type), token: StreamToken });

/** What can happen to the fleet. Every runner event carries the whole row as it is afterwards. */
export const StreamEvent = z.discriminatedUnion('type', [
  runnerEvent('runner.registered'),
  runnerEvent('runner.connected'),
  runnerEvent('runner.disconnected'),
  runnerEvent('runner.state_changed'),
  runnerEvent('runner.disabled'),
  runnerEvent('runner.enabled'),
  runnerEvent('runner.revoked'),
  z.object({ type: z.literal('runner.deleted'), runner_id: z.string() }),
  /** At most once a second: who beat since the last one, and its load. */
  z.object({
    type: z.literal('fleet.heartbeats'),
    at: Instant,
    beats: z.array(z.tuple([z.string(), z.number().int()])),
  }),
  z.object({ type: z.literal('badges.updated'), badges: Badges }),
  z.object({ type: z.literal('pack_version.changed'), pack_version: PackVersion }),
  z.object({ type: z.literal('pack_version.deleted'), pack_version_id: z.string() }),
  z.object({ type: z.literal('run.created'), run: Run }),
  z.object({ type: z.literal('run.updated'), run: Run }),
  z.object({ type: z.literal('run.finished'), run: Run }),
  /** Only on `run:<id>`: the whole record after a change, and chunks as they arrive. */
  z.object({ type: z.literal('run.detail'), run: RunDetail }),
  z.object({ type: z.literal('run.output'), chunks: z.array(OutputChunk) }),
  /** Chunks after this seq were not sent to this viewer: fetch them by page. */
  z.object({ type: z.literal('run.output_gap'), after_seq: z.number().int(), before_seq: z.number().int() }),
  z.object({ type: z.literal('enrollment_key.changed'), key: EnrollmentKey }),
  approvalEvent('approval.requested'),
  approvalEvent('approval.voted'),
  approvalEvent('approval.approved'),
  approvalEvent('approval.denied'),
  approvalEvent('approval.expired'),
  approvalEvent('approval.cancelled'),
  grantEvent('grant.created'),
  grantEvent('grant.used'),
  grantEvent('grant.revoked'),
  /** It has become inert: its token ended. */
  grantEvent('grant.state_changed'),
  memberEvent('member.updated'),
  memberEvent('member.access_changed'),
  memberEvent('invitation.sent'),
  memberEvent('invitation.accepted'),
  z.object({ type: z.literal('member.removed'), member_id: z.string() }),
  tokenEvent('token.minted'),
  /** At most once a minute for each. */
  tokenEvent('token.used'),
  tokenEvent('token.revoked'),
  /** The rules of one scope as they are now; version 0 once they were taken away. */
  z.object({ type: z.literal('policy.updated'), policy: PolicyDocument }),
  z.object({ type: z.literal('audit.event'), event: AuditEvent }),
]);
export type StreamEvent = z.infer<typeof StreamEvent>;

export const FleetSnapshot = z.object({ topic: z.literal('fleet'), runners: z.array(Runner) });
export const BadgesSnapshot = z.object({ topic: z.literal('badges'), badges: Badges });
/** All that wait, and the newest 200 of those that do not; older ones by page. */
export const ApprovalsSnapshot = z.object({
  topic: z.literal('approvals'),
  approvals: z.array(Approval),
  more: z.boolean(),
});
/** Those that have not ended. */
export const GrantsSnapshot = z.object({ topic: z.literal('grants'), grants: z.array(Grant) });
export const TeamSnapshot = z.object({ topic: z.literal('team'), members: z.array(StreamMember) });
export const PolicySnapshot = z.object({ topic: z.literal('policy'), policy: AccountPolicy });
/** One's own, or all of the account for who manages tokens; the newest 500, older ones by page. */
export const KeysSnapshot = z.object({
  topic: z.literal('keys'),
  tokens: z.array(StreamToken),
  more: z.boolean(),
});
export const PacksSnapshot = z.object({ topic: z.literal('packs'), pack_versions: z.array(PackVersion) });
/** The newest 200; older ones by page. */
export const RunsSnapshot = z.object({ topic: z.literal('runs'), runs: z.array(Run), more: z.boolean() });
export const EnrollmentKeysSnapshot = z.object({
  topic: z.literal('enrollment_keys'),
  keys: z.array(EnrollmentKey),
});
/** The newest 200, newest first; older ones by page. */
export const AuditSnapshot = z.object({
  topic: z.literal('audit'),
  events: z.array(AuditEvent),
  more: z.boolean(),
});
/** The run and the tail of its output (at most 500 chunks). */
export const RunSnapshot = z.object({
  topic: z.literal('run'),
  run: RunDetail,
  chunks: z.array(OutputChunk),
  more_before: z.boolean(),
});
export const Snapshot = z.discriminatedUnion('topic', [
  FleetSnapshot,
  PacksSnapshot,
  RunsSnapshot,
  EnrollmentKeysSnapshot,
  ApprovalsSnapshot,
  GrantsSnapshot,
  TeamSnapshot,
  PolicySnapshot,
  KeysSnapshot,
  AuditSnapshot,
  BadgesSnapshot,
  RunSnapshot,
]);
export type Snapshot = z.infer<typeof Snapshot>;

export const StreamReply = z.discriminatedUnion('type', [
  z.object({ type: z.literal('hello'), product: z.literal('emisar-cloud'), version: z.string() }),
  z.object({
    type: z.literal('snapshot'),
    id: z.number().int(),
    cursor: z.string(),
    at: Instant,
    snapshot: Snapshot,
  }),
  /** The cursor was good: events follow with the numbers that come next. */
  z.object({ type: z.literal('resumed'), id: z.number().int(), cursor: z.string() }),
  z.object({
    type: z.literal('event'),
    id: z.number().int(),
    seq: z.number().int().min(1),
    cursor: z.string(),
    at: Instant,
    event: StreamEvent,
  }),
  /** The cursor is too old or unknown, or this viewer was too slow: subscribe anew without one. */
  z.object({ type: z.literal('resync_required'), id: z.number().int() }),
  z.object({ type: z.literal('refused'), id: z.number().int(), code: z.string(), detail: z.string() }),
  /** Nothing more comes of it, and the connection ends: the next one gets what may be seen from now on. */
  z.object({ type: z.literal('unsubscribed'), id: z.number().int(), reason: z.literal('authority_changed') }),
  z.object({ type: z.literal('pong'), at: Instant }),
]);
export type StreamReply = z.infer<typeof StreamReply>;

/** Close codes of the stream: the token ended (do not retry), or the server is going away (retry). */
export const STREAM_CLOSE_UNAUTHORIZED = 4401;
export const STREAM_CLOSE_GOING_AWAY = 1001;
