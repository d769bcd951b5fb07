// Reading the trail over HTTP: facets, pages, one event, names with counts, and forward export for a collector.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AuditEvent } from '../../../src/protocol/api/audit.ts';
import { auditCategoryOf, auditOutcomeOf } from '../../../src/protocol/audit.ts';
import { fullReach, type Reach } from '../../../src/protocol/scope.ts';
import { enroll } from '../../support/enrolled.ts';
import { tokenOf } from '../../support/member-token.ts';
import { startRunningCloud, type RunningCloud } from '../../support/running-cloud.ts';

let cloud: RunningCloud;
beforeEach(async () => void (cloud = await startRunningCloud()));
afterEach(() => cloud[Symbol.asyncDispose]());

const list = async (query: string) => {
  const { status, body } = await cloud.call('GET', `/api/v1/audit/events?${query}`);
  expect(status, JSON.stringify(body)).toBe(200);
  const items = (body.items as unknown[]).map((item) => AuditEvent.parse(item));
  return { items, next_cursor: body.next_cursor as string | null, total: Number(body.total) };
};
const types = async (query: string) => (await list(query)).items.map((event) => event.event_type);

async function happen(): Promise<void> {
  for (const host of ['web-1', 'db-1']) await enroll(cloud, host);
  await cloud.clock.advance(60_000);
  await cloud.call('POST', '/api/v1/runners/web-1/disable');
  await cloud.call('POST', '/api/v1/runners/db-1/hold');
}

test('newest first, and each facet keeps what it names', async () => {
  await happen();
  const { id } = await cloud.runner('web-1');
  expect((await types('limit=2')).toSorted()).toEqual(['runner.disabled', 'runner.held']);
  expect(await types('type=runner.disabled,runner.held&order=asc')).toEqual([
    'runner.disabled',
    'runner.held',
  ]);
  expect(await types('outcome=problems&order=asc')).toEqual(['runner.disabled', 'runner.held']);
  expect(await types(`target=${id}&order=asc`)).toEqual(['runner.registered', 'runner.disabled']);
  expect(await types('target=web-1&target_kind=runner&order=asc')).toEqual([
    'runner.registered',
    'runner.disabled',
  ]);
  expect(new Set(await types('category=fleet'))).toEqual(
    new Set(['runner.disabled', 'runner.held', 'runner.registered']),
  );
  expect(new Set(await types('actor_kind=runner'))).toEqual(new Set(['runner.registered']));
  expect(await types('q=WEB-1&order=asc')).toContain('runner.disabled');
  expect(await types('q=%25')).toEqual([]);
  const since = new Date(cloud.clock.now()).toISOString();
  expect(await types(`since=${since}&order=asc`)).toEqual(['runner.disabled', 'runner.held']);
  expect(await types(`until=${since}&type=runner.disabled`)).toEqual([]);
  expect(await cloud.call('GET', '/api/v1/audit/events?outcome=bad')).toMatchObject({
    status: 400,
    body: { about: { field: 'outcome' } },
  });
});

test('pages neither repeat nor lose an event, either way', async () => {
  await happen();
  for (const order of ['asc', 'desc']) {
    const seen: number[] = [];
    let cursor = '';
    do {
      const {
        items,
        next_cursor: next,
        total,
      } = await list(`order=${order}&limit=2${cursor && `&cursor=${cursor}`}`);
      seen.push(...items.map((event) => event.seq));
      expect(total).toBeGreaterThan(5);
      cursor = next ?? '';
    } while (cursor !== '');
    expect(seen).toEqual([...new Set(seen)].toSorted((a, b) => (order === 'asc' ? a - b : b - a)));
    expect(seen.length).toBe((await cloud.auditEvents()).length);
  }
});

test('one event says who, from where, and to what', async () => {
  await happen();
  const [event] = (await list('type=runner.disabled')).items;
  expect(event).toMatchObject({
    outcome: 'warn',
    category: 'fleet',
    actor: { kind: 'member' },
    ip_address: '127.0.0.1',
    target: { kind: 'runner', label: 'web-1' },
  });
  expect(event?.token_id).not.toBeNull();
  expect((await cloud.call('GET', `/api/v1/audit/events/${event?.id}`)).body).toEqual(event);
  expect(await cloud.call('GET', '/api/v1/audit/events/aud_none')).toMatchObject({ status: 404 });
  const { body } = await cloud.call('GET', '/api/v1/audit/event-types');
  expect(body.items).toContainEqual({
    event_type: 'runner.registered',
    count: 2,
    outcome: 'neutral',
    category: 'fleet',
  });
});

test('a collector gets lines forward from its cursor, and that it did is in the trail', async () => {
  await happen();
  const total = (await cloud.auditEvents()).length;
  const lines: string[] = [];
  let cursor = '';
  for (;;) {
    const headers = { authorization: `Bearer ${cloud.ownerToken}` };
    const answer = await fetch(`${cloud.url}/api/v1/audit/export?limit=4${cursor && `&cursor=${cursor}`}`, {
      headers,
    });
    expect(answer.headers.get('content-type')).toMatch(/^application\/x-ndjson/);
    const text = await answer.text();
    if (text === '') break;
    lines.push(...text.trimEnd().split('\n'));
    cursor = answer.headers.get('x-next-cursor') ?? '';
    if (answer.headers.get('link') === null) break;
  }
  const events = lines.map((line) => AuditEvent.parse(JSON.parse(line)));
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, at) => at + 1));
  expect(events.length).toBeGreaterThanOrEqual(total);
  expect(await types('type=audit.exported')).not.toEqual([]);
});

test('a runner out of reach leaves no event, no count and no name behind', async () => {
  await happen();
  const { trail, members } = cloud.cloud.domains;
  const accountId = (await members.account())?.id ?? '';
  const { id } = await cloud.runner('db-1');
  const seenWith = async (reach: Reach) => {
    const { items, total } = await trail.list({ accountId, reach }, { order: 'asc', limit: 100 });
    return { total, ids: new Set(items.map((event) => event.runner_id)) };
  };
  const all = await seenWith(fullReach);
  const groups = new Set<string>();
  const some = await seenWith({ runners: { groups, runners: new Set([id]) }, packs: 'all' });
  expect(all.ids.size).toBe(3);
  expect(some.ids).toEqual(new Set([null, id]));
  expect(some.total).toBeLessThan(all.total);
  expect((await seenWith({ runners: 'none', packs: 'all' })).ids).toEqual(new Set([null]));
  const types = await trail.eventTypes({ accountId, reach: { runners: 'none', packs: 'all' } });
  expect(types.map(({ event_type }) => event_type)).not.toContain('runner.disabled');
  expect(
    await trail.event({ accountId, reach: fullReach }, 'x').catch((error: unknown) => error),
  ).toMatchObject({ code: 'not_found' });
});

test('only who manages the account sets how long events are kept', async () => {
  const operator = await tokenOf(cloud, 'operator');
  const asked = ['PUT', '/api/v1/settings/audit-retention', { days: 30 }] as const;
  expect(await cloud.call(...asked, operator)).toMatchObject({ status: 403 });
  expect((await cloud.call('GET', '/api/v1/settings/audit-retention', undefined, operator)).body).toEqual({
    days: null,
  });
});

test.each([
  ['action_run.timed_out', 'danger', 'activity'],
  ['action_run.success', 'pass', 'activity'],
  ['dispatch_blocked_pack_untrusted', 'danger', 'decisions'],
  ['pack_trust_rejected', 'danger', 'decisions'],
  ['runner.registered', 'neutral', 'fleet'],
  ['enrollment_key.revoked', 'warn', 'access'],
  ['approval.grant_used', 'pass', 'decisions'],
  ['audit.exported', 'neutral', 'admin'],
] as const)('%s is %s and belongs to %s', (event, outcome, category) => {
  expect([auditOutcomeOf(event), auditCategoryOf(event)]).toEqual([outcome, category]);
});
