// The topics of what people decide and of who they are: what they tell, and to whom.
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Caller } from '../../../src/cloud/http/bound-route.ts';
import { listTopics, type StreamEvent } from '../../../src/protocol/events.ts';
import { may, roles } from '../../../src/protocol/permission.ts';
import { defaultPolicy } from '../../../src/protocol/policy.ts';
import type { Reach } from '../../../src/protocol/scope.ts';
import { permissionOfTopic } from '../../../src/cloud/event-stream/snapshot.ts';
import { grantOn, person, restart, startsAs } from '../grants/granted.ts';
import { caller, SCOPE, startFleet, type Fleet } from '../runs/fleet.ts';
import { serveStream, type StreamServer } from './stream-client.ts';

let fleet: Fleet;
let server: StreamServer;
beforeEach(async () => {
  fleet = await startFleet();
  server = await serveStream(fleet);
});
afterEach(async () => {
  await server.close();
  await fleet.close();
});

async function follow(topic: string, as: Caller = caller()) {
  const client = await server.connect(as);
  client.send({ type: 'subscribe', id: 1, topic });
  const { snapshot } = await client.until('snapshot');
  return {
    snapshot,
    kinds: () => client.events(1).map(({ event }) => event.type),
    numbers: () => client.events(1).map(({ seq }) => seq),
    until: async <Type extends StreamEvent['type']>(type: Type) => {
      const { event } = await client.until('event', (reply) => reply.event.type === type);
      return event as Extract<StreamEvent, { type: Type }>;
    },
  };
}

test('each role gets exactly the topics that its permissions name', async () => {
  for (const role of roles) {
    const client = await server.connect(caller(role));
    for (const [index, topic] of listTopics.entries())
      client.send({ type: 'subscribe', id: index + 1, topic });
    for (const [index, topic] of listTopics.entries()) {
      const answers = () =>
        client.replies.filter((reply) => 'id' in reply && reply.id === index + 1).map(({ type }) => type);
      await expect.poll(answers).not.toEqual([]);
      const expected = may(role, permissionOfTopic(topic)) ? 'snapshot' : 'refused';
      expect(answers()[0], `${role} ${topic}`).toBe(expected);
    }
  }
});

test('approvals: asked for, voted, approved, denied, expired and cancelled, each with the request as it is then', async () => {
  await fleet.ready('web-1', [restart]);
  const rules = { ...defaultPolicy, approval: { min_approvals: 2, allow_self_approval: true } };
  await fleet.policy.edit(caller(), { kind: 'account' }, { rules, expectedVersion: 1 });
  const viewer = await follow('approvals', caller('viewer'));
  expect(viewer.snapshot).toEqual({ topic: 'approvals', approvals: [], more: false });
  await startsAs(fleet);
  const { approval } = await viewer.until('approval.requested');
  expect(approval).toMatchObject({ status: 'pending', runner_name: 'web-1', token_name: 'ci' });
  await fleet.approvals.approve(person('bob'), approval.id, undefined);
  expect(await viewer.until('approval.voted')).toMatchObject({ approval: { approvals_count: 1 } });
  await fleet.approvals.approve(person('cy'), approval.id, undefined);
  expect(await viewer.until('approval.approved')).toMatchObject({ approval: { status: 'approved' } });
  await startsAs(fleet);
  const pending = async () =>
    (await fleet.approvals.list(SCOPE, { status: 'pending', limit: 1 })).items[0]?.id ?? '';
  await fleet.approvals.deny(person('bob'), await pending(), 'no');
  expect(await viewer.until('approval.denied')).toMatchObject({ approval: { decision_note: 'no' } });
  const { runId } = await startsAs(fleet);
  await fleet.runs.cancel({ ...SCOPE, runId, reason: undefined, actor: caller().actor });
  await viewer.until('approval.cancelled');
  await startsAs(fleet);
  fleet.approvals.start();
  await fleet.clock.leap(24 * 3_600_000);
  await fleet.clock.advance(1);
  expect(await viewer.until('approval.expired')).toMatchObject({ approval: { status: 'expired' } });
  await fleet.approvals.stop();
  expect((await follow('approvals')).snapshot).toMatchObject({ approvals: { length: 4 } });
  expect(viewer.numbers()).toEqual(viewer.numbers().map((_, index) => index + 1));
});

test('grants: created, used, inert with their token, revoked', async () => {
  const viewer = await follow('grants');
  expect(viewer.snapshot).toEqual({ topic: 'grants', grants: [] });
  await grantOn(fleet, 'web-1');
  expect(await viewer.until('grant.created')).toMatchObject({ grant: { uses_count: 1, state: 'active' } });
  await startsAs(fleet);
  expect(await viewer.until('grant.used')).toMatchObject({ grant: { uses_count: 2 } });
  const bystander = { ...caller(), tokenId: 'tok_2' };
  const other = await follow('grants', bystander);
  await fleet.tokens.revoke(bystander, 'tok_1');
  expect(await other.until('grant.state_changed')).toMatchObject({
    grant: { state: 'inert', inert_because: 'token_ended' },
  });
  await fleet.grants.revokeAll(bystander, false);
  expect(await other.until('grant.revoked')).toMatchObject({ grant: { state: 'revoked' } });
  expect((await follow('grants', bystander)).snapshot).toEqual({ topic: 'grants', grants: [] });
});

test('team: who is invited, comes in, changes, is removed', async () => {
  const viewer = await follow('team', caller('viewer'));
  expect(viewer.snapshot).toMatchObject({ topic: 'team', members: [{ name: 'Ada' }] });
  const { code, member } = await fleet.team.invite(caller(), { name: 'bob', role: 'operator' });
  expect(await viewer.until('invitation.sent')).toMatchObject({ member: { name: 'bob', state: 'invited' } });
  await fleet.team.accept({ code, tokenName: 'laptop', ipAddress: null });
  expect(await viewer.until('invitation.accepted')).toMatchObject({ member: { state: 'active', tokens: 1 } });
  await fleet.team.update(caller(), member.id, { role: 'viewer' });
  expect(await viewer.until('member.access_changed')).toMatchObject({ member: { role: 'viewer' } });
  await fleet.team.suspend(caller(), member.id);
  expect(await viewer.until('member.updated')).toMatchObject({ member: { state: 'suspended', tokens: 0 } });
  await fleet.team.remove(caller(), member.id);
  expect(await viewer.until('member.removed')).toEqual({ type: 'member.removed', member_id: member.id });
});

test('keys: everybody hears of their own tokens, who manages tokens of all', async () => {
  const bob = { ...caller('operator'), memberId: 'mem_bob', tokenId: 'tok_bob' };
  const [all, own] = [await follow('keys'), await follow('keys', bob)];
  expect(own.snapshot).toEqual({ topic: 'keys', tokens: [], more: false });
  expect(all.snapshot).toMatchObject({ tokens: [{ name: 'ci' }] });
  const wish = { name: 'second', expiresInMs: null, scope: undefined };
  const { token, secret } = await fleet.tokens.mintOwn(caller(), wish);
  expect(await all.until('token.minted')).toMatchObject({ token: { name: 'second', member_name: 'Ada' } });
  await fleet.tokens.authenticate(secret, null);
  expect(await all.until('token.used')).toMatchObject({ token: { id: token.id } });
  await fleet.tokens.revoke(caller(), token.id);
  await all.until('token.revoked');
  expect(JSON.stringify(await all.until('token.minted'))).not.toContain(secret);
  const mine = await follow('keys', { ...caller('operator'), tokenId: 'tok_3' });
  expect(mine.snapshot).toMatchObject({ tokens: [{ name: 'second' }, { name: 'ci' }] });
  expect(own.kinds()).toEqual([]);
});

test('policy: the rules of a scope as they are after each change, gone ones as version 0', async () => {
  const viewer = await follow('policy', caller('viewer'));
  expect(viewer.snapshot).toMatchObject({ topic: 'policy', policy: { version: 1, scopes: [] } });
  const rules = { ...defaultPolicy, approval: { min_approvals: 3, allow_self_approval: false } };
  const group = { kind: 'group' as const, group: 'web' };
  await fleet.policy.edit(caller(), group, { rules, expectedVersion: 0 });
  const { policy } = await viewer.until('policy.updated');
  expect(policy).toMatchObject({ scope: { name: 'web' }, rules: { approval: { min_approvals: 3 } } });
  expect((await follow('policy')).snapshot).toMatchObject({
    policy: { scopes: [{ scope: { ref: 'web' } }] },
  });
  await fleet.policy.remove(caller(), group, policy.version);
  await expect.poll(() => viewer.kinds()).toHaveLength(2);
  expect((await follow('policy')).snapshot).toMatchObject({ policy: { scopes: [] } });
});

test('badges: what waits, counted anew within a second of each change', async () => {
  await fleet.ready('web-1', [restart]);
  const viewer = await follow('badges', caller('viewer'));
  expect(viewer.snapshot).toMatchObject({ topic: 'badges', badges: { pending_approvals: 0 } });
  await startsAs(fleet);
  const counted = async () => {
    await fleet.clock.advance(1_000);
    return viewer.kinds().length > 0;
  };
  await expect.poll(counted).toBe(true);
  expect(await viewer.until('badges.updated')).toMatchObject({ badges: { pending_approvals: 1 } });
});

const web: Reach = { runners: { groups: new Set(), runners: new Set(['rnr_web-1']) }, packs: 'all' };
test('out of reach nothing is told and nothing counted; numbers have no gaps', async () => {
  await fleet.addRunner('web-1');
  await fleet.advertise('rnr_web-1', { actions: [restart] });
  const topics = ['approvals', 'grants', 'policy', 'badges'];
  const viewers = await Promise.all(topics.map((topic) => follow(topic, { ...caller(), reach: web })));
  await grantOn(fleet, 'db-1');
  await startsAs(fleet, { runners: ['db-1'] });
  const rules = { rules: defaultPolicy, expectedVersion: 0 };
  await fleet.policy.edit(caller(), { kind: 'group', group: 'db' }, rules);
  await fleet.policy.edit(caller(), { kind: 'runner', runner: 'rnr_db-1' }, rules);
  await startsAs(fleet);
  const counted = async () => {
    await fleet.clock.advance(1_000);
    return viewers.map(({ kinds }) => kinds());
  };
  await expect.poll(counted).toEqual([['approval.requested'], [], [], ['badges.updated']]);
  const [approvals, , , badges] = viewers;
  expect(await approvals?.until('approval.requested')).toMatchObject({ approval: { runner_name: 'web-1' } });
  expect(await badges?.until('badges.updated')).toMatchObject({ badges: { pending_approvals: 1 } });
  expect(approvals?.numbers()).toEqual([1]);
});
