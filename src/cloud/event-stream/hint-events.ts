// What a burst of hints means for viewers: rows are read once for all of it, whole and as they are now, so that
// it does not matter how many hints there were of each.
import type { StreamEvent } from '../../protocol/events.ts';
import type { Scoped } from '../../protocol/scope.ts';
import type { StreamLoaders } from './loaders.ts';
import type { Hint } from './outbox.ts';

/** Output has its rows with it and is told without reading. */
export type RowHint = Exclude<Hint, { topic: 'run' | 'nodes' }>;
type HintOf<Topic extends RowHint['topic']> = Extract<RowHint, { topic: Topic }>;

export interface TopicEvent {
  topic: string;
  event: StreamEvent;
}

export async function eventsOfHints(
  loaders: StreamLoaders,
  asked: Scoped,
  hints: readonly RowHint[],
): Promise<TopicEvent[]> {
  const keys = ofTopic(hints, 'keys');
  return [
    ...told('fleet', await runnerEvents(loaders, asked, ofTopic(hints, 'fleet'))),
    ...told('packs', await packEvents(loaders, asked, ofTopic(hints, 'packs'))),
    ...told('enrollment_keys', await keyEvents(loaders, asked, ofTopic(hints, 'enrollment_keys'))),
    ...told('runs', await runEvents(loaders, asked, ofTopic(hints, 'runs'))),
    ...told('approvals', await approvalEvents(loaders, asked, ofTopic(hints, 'approvals'))),
    ...told('grants', await grantEvents(loaders, asked, ofTopic(hints, 'grants'), keys)),
    ...(await identityEvents(loaders, asked, ofTopic(hints, 'team'), keys)),
    ...told('policy', await policyEvents(loaders, asked, ofTopic(hints, 'policy'))),
    ...told('audit', await auditEvents(loaders, asked, ofTopic(hints, 'audit'))),
  ];
}

function told(topic: string, events: readonly StreamEvent[]): TopicEvent[] {
  return events.map((event) => ({ topic, event }));
}

async function runnerEvents(
  loaders: StreamLoaders,
  asked: Scoped,
  hints: readonly HintOf<'fleet'>[],
): Promise<StreamEvent[]> {
  const kinds = kindsById(hints, (hint) => hint.runnerId);
  if (kinds.size === 0) return [];
  const found = await loaders.runnerRows(asked, [...kinds.keys()]);
  const rows = new Map(found.map((row) => [row.id, row]));
  return [...kinds].flatMap(([runnerId, types]): StreamEvent[] => {
    if (types.includes('runner.deleted')) return [{ type: 'runner.deleted', runner_id: runnerId }];
    const runner = rows.get(runnerId);
    if (!runner) return [];
    // The row is whole in each, so a plain change adds nothing beside a change with a name.
    const named = types.filter((type) => type !== 'runner.state_changed');
    return (named.length > 0 ? named : types).map((type) => ({
      type: type as 'runner.state_changed',
      runner,
    }));
  });
}

async function packEvents(
  loaders: StreamLoaders,
  asked: Scoped,
  hints: readonly HintOf<'packs'>[],
): Promise<StreamEvent[]> {
  const ids = unique(hints.map((hint) => hint.packVersionId));
  if (ids.length === 0) return [];
  const rows = await loaders.packVersionRows(asked, ids);
  const found = new Set(rows.map((row) => row.id));
  return [
    ...rows.map((row) => ({ type: 'pack_version.changed' as const, pack_version: row })),
    ...ids
      .filter((id) => !found.has(id))
      .map((id) => ({ type: 'pack_version.deleted' as const, pack_version_id: id })),
  ];
}

async function keyEvents(
  loaders: StreamLoaders,
  asked: Scoped,
  hints: readonly HintOf<'enrollment_keys'>[],
): Promise<StreamEvent[]> {
  const ids = unique(hints.map((hint) => hint.keyId));
  const rows = ids.length > 0 ? await loaders.keyRows(asked, ids) : [];
  return rows.map((key) => ({ type: 'enrollment_key.changed', key }));
}

async function runEvents(
  loaders: StreamLoaders,
  asked: Scoped,
  hints: readonly HintOf<'runs'>[],
): Promise<StreamEvent[]> {
  const kinds = kindsById(hints, (hint) => hint.runId);
  if (kinds.size === 0) return [];
  const rows = await loaders.runRows(asked, [...kinds.keys()]);
  return rows.flatMap((run) => {
    const types = kinds.get(run.id) ?? [];
    const isOver = types.includes('run.finished');
    return types
      .filter((type) => !isOver || type !== 'run.updated')
      .map((type) => ({ type: type as 'run.updated', run }));
  });
}

async function approvalEvents(
  loaders: StreamLoaders,
  asked: Scoped,
  hints: readonly HintOf<'approvals'>[],
): Promise<StreamEvent[]> {
  const kinds = kindsById(hints, (hint) => hint.approvalId);
  if (kinds.size === 0) return [];
  const rows = await loaders.approvalRows(asked, [...kinds.keys()]);
  return rows.flatMap((approval) =>
    (kinds.get(approval.id) ?? []).map((type) => ({ type: type as 'approval.voted', approval })),
  );
}

async function grantEvents(
  loaders: StreamLoaders,
  asked: Scoped,
  hints: readonly HintOf<'grants'>[],
  keys: readonly HintOf<'keys'>[],
): Promise<StreamEvent[]> {
  const kinds = kindsById(hints, (hint) => hint.grantId);
  // The end of a token is nobody's act on its grants, and yet none of them stands any more.
  for (const { type, tokenId } of keys) {
    if (type !== 'token.revoked') continue;
    for (const id of await loaders.grantIdsOfToken(tokenId))
      kinds.set(id, [...(kinds.get(id) ?? []), 'grant.state_changed']);
  }
  if (kinds.size === 0) return [];
  const rows = await loaders.grantRows(asked, [...kinds.keys()]);
  return rows.flatMap((grant) =>
    (kinds.get(grant.id) ?? []).map((type) => ({ type: type as 'grant.used', grant })),
  );
}

// Members and their tokens: what happens to a token also changes what is known of its member.
async function identityEvents(
  loaders: StreamLoaders,
  asked: Scoped,
  team: readonly HintOf<'team'>[],
  keys: readonly HintOf<'keys'>[],
): Promise<TopicEvent[]> {
  const tokenKinds = kindsById(keys, (hint) => hint.tokenId);
  const tokens = tokenKinds.size > 0 ? await loaders.tokenRows(asked, [...tokenKinds.keys()]) : [];
  const memberKinds = kindsById(team, (hint) => hint.memberId);
  for (const { member_id: id } of tokens) if (!memberKinds.has(id)) memberKinds.set(id, ['member.updated']);
  const members = memberKinds.size > 0 ? await loaders.memberRows(asked, [...memberKinds.keys()]) : [];
  const gone = new Set(memberKinds.keys());
  for (const { id } of members) gone.delete(id);
  return [
    ...told(
      'team',
      members.flatMap((member) =>
        (memberKinds.get(member.id) ?? []).map((type) => ({ type: type as 'member.updated', member })),
      ),
    ),
    ...told(
      'team',
      [...gone].map((id) => ({ type: 'member.removed', member_id: id })),
    ),
    ...told(
      'keys',
      tokens.flatMap((token) =>
        (tokenKinds.get(token.id) ?? []).map((type) => ({ type: type as 'token.used', token })),
      ),
    ),
  ];
}

async function policyEvents(
  loaders: StreamLoaders,
  asked: Scoped,
  hints: readonly HintOf<'policy'>[],
): Promise<StreamEvent[]> {
  const events: StreamEvent[] = [];
  for (const { kind, ref } of new Map(hints.map((hint) => [`${hint.kind}:${hint.ref}`, hint])).values()) {
    const policy = await loaders.policyDocument(asked, { kind, ref });
    if (policy) events.push({ type: 'policy.updated', policy });
  }
  return events;
}

async function auditEvents(
  loaders: StreamLoaders,
  asked: Scoped,
  hints: readonly HintOf<'audit'>[],
): Promise<StreamEvent[]> {
  const ids = hints.map((hint) => hint.eventId);
  const events = ids.length > 0 ? await loaders.auditRows(asked, ids) : [];
  return events.map((event) => ({ type: 'audit.event', event }));
}

function ofTopic<Topic extends RowHint['topic']>(hints: readonly RowHint[], topic: Topic): HintOf<Topic>[] {
  return hints.filter((hint): hint is HintOf<Topic> => hint.topic === topic);
}

function unique(ids: readonly string[]): string[] {
  return [...new Set(ids)];
}

// What happened to each, in the order in which it happened, each kind once.
function kindsById<H extends RowHint>(hints: readonly H[], idOf: (hint: H) => string): Map<string, string[]> {
  const kinds = new Map<string, string[]>();
  for (const hint of hints) {
    const known = kinds.get(idOf(hint)) ?? [];
    if (!known.includes(hint.type)) known.push(hint.type);
    kinds.set(idOf(hint), known);
  }
  return kinds;
}
