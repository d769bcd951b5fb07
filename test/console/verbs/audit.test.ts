// The trail without a screen.
import { expect, test } from 'vitest';
import { getAuditEvent, listAuditEvents } from '../../../src/protocol/api/audit.ts';
import { startControlPlane } from '../support/control-plane.ts';
import { auditEvent } from '../support/rows.ts';
import { serveTopics } from '../support/served-topics.ts';
import { environment, verb } from '../support/verb-run.ts';
import { eventually } from '../support/eventually.ts';

test('list sends its flags, export goes oldest first to the last page, cells of a sheet start no formula', async () => {
  await using plane = await startControlPlane();
  const evil = auditEvent(2, { target: { kind: 'runner', id: 'rnr_2', label: '=cmd()' } });
  plane.answer(listAuditEvents, ({ query }) =>
    query['cursor'] === undefined
      ? { items: [auditEvent(1)], next_cursor: 'c', total: 2 }
      : { items: [evil], next_cursor: null, total: 2 },
  );
  const env = environment(plane.url);
  const listed = await verb(
    [
      'audit',
      'list',
      '--outcome',
      'problems',
      '--by',
      'mara',
      '--since',
      '2026-01-01T00:00:00Z',
      '--limit',
      '1',
      '--json',
    ],
    { env },
  );
  expect(JSON.parse(listed.out)).toMatchObject({ items: [{ id: 'aud_1' }], total: 2 });
  expect(plane.asked.at(-1)?.query).toMatchObject({
    outcome: 'problems',
    actor: 'mara',
    since: '2026-01-01T00:00:00.000Z',
  });
  const exported = await verb(['audit', 'export', '--output', 'csv'], { env });
  expect(exported.out).toMatch(/aud_1[^]*aud_2.*'=cmd\(\)/);
  expect(plane.asked.at(-1)?.query).toMatchObject({ order: 'asc' });
  expect((await verb(['audit', 'list', '--category', 'all'], { env })).code).toBe(2);
  expect((await verb(['audit', 'list', '--since', 'yesterday'], { env })).code).toBe(2);
});

test('show tells one event; tail -f goes on with what comes, each once', async () => {
  await using plane = await startControlPlane();
  const served = serveTopics(plane, { events: [auditEvent(2), auditEvent(1)] });
  plane.answer(listAuditEvents, () => ({ items: [auditEvent(1)], next_cursor: null, total: 1 }));
  plane.answer(getAuditEvent, () => auditEvent(1, { payload: { group: 'web' } }));
  const env = environment(plane.url);
  expect((await verb(['audit', 'show', 'aud_1'], { env })).out).toMatch(
    /by +mara \(member\)[^]*\{"group":"web"\}/,
  );
  const interrupt = new AbortController();
  const ended = verb(['audit', 'tail', '-f', '--output', 'ndjson'], { env, signal: interrupt.signal });
  await served.tell('audit', { type: 'audit.event', event: auditEvent(3) });
  await eventually(() => plane.viewers.length === 1);
  setImmediate(() => interrupt.abort());
  const { out, code } = await ended;
  expect(code).toBe(130);
  const seqs = out
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { seq: number }).seq);
  expect(seqs.slice(0, 1)).toEqual([1]);
  expect(new Set(seqs).size).toBe(seqs.length);
});
