// The trail on a screen: live, narrowed by a filter that also asks the server, each event with its way on.
import { expect, test } from 'vitest';
import { listAuditEvents } from '../../../src/protocol/api/audit.ts';
import { auditQuery } from '../../../src/console/store/audit.ts';
import { startControlPlane } from '../support/control-plane.ts';
import { keys, openScreen } from '../support/opened-console.tsx';
import { auditEvent, runner } from '../support/rows.ts';
import { serveTopics } from '../support/served-topics.ts';

const events = [
  auditEvent(2, {
    event_type: 'action_run.failed',
    outcome: 'danger',
    category: 'activity',
    target: { kind: 'run', id: 'run_1', label: 'linux.uptime on web-1' },
  }),
  auditEvent(1, { event_type: 'runner.registered', outcome: 'neutral', payload: { group: 'web' } }),
];

test('newest first, and what happens now comes on top', async () => {
  await using plane = await startControlPlane();
  const served = serveTopics(plane, { events });
  await using screen = openScreen(plane.url, ':audit');
  const frame = await screen.shows(
    /✗ action_run\.failed +mara +linux\.uptime on web-1[^]*· runner\.registered/,
  );
  expect(frame).toMatch(/Audit +2/);
  await served.tell('audit', { type: 'audit.event', event: auditEvent(3) });
  await screen.shows(/▲ runner\.disabled[^]*✗ action_run\.failed/);
});

test('p keeps the problems, asked of the server too, and takes that away again', async () => {
  await using plane = await startControlPlane();
  serveTopics(plane, { events });
  const old = auditEvent(0, { id: 'aud_old', event_type: 'enrollment_key.revoked', target: null });
  plane.answer(listAuditEvents, () => ({ items: [old], next_cursor: null, total: 1 }));
  await using screen = openScreen(plane.url, ':audit');
  await screen.shows(/runner\.registered/);
  screen.type('p');
  const frame = await screen.shows(/action_run\.failed[^]*enrollment_key\.revoked/);
  expect(frame).not.toContain('runner.registered');
  expect(plane.asked.find(({ path }) => path.endsWith('/audit/events'))?.query).toMatchObject({
    outcome: 'problems',
  });
  screen.type('p');
  await screen.shows(/runner\.registered/);
});

test('Enter shows one event in full, o goes to what it is about', async () => {
  await using plane = await startControlPlane();
  serveTopics(plane, { events });
  await using screen = openScreen(plane.url, ':audit runner.registered');
  plane.answer(listAuditEvents, () => ({ items: [], next_cursor: null, total: 0 }));
  await screen.shows(/▌ +.*runner\.registered/);
  screen.type(keys.enter);
  await screen.shows(
    /when +2026-11-25T12:00:00\.000Z {3}number 1[^]*from +10\.0\.4\.7 {2}tok_1[^]*group +web[^]*hash +a{63}/,
  );
  screen.type(keys.escape);
  await screen.hides(/╭/);
  screen.type('o');
  await screen.shows(/Fleet › rnr_1/);
});

test('e on a runner opens its events', async () => {
  await using plane = await startControlPlane();
  serveTopics(plane, { events, runners: [runner('rnr_1', { name: 'web-1' })] });
  plane.answer(listAuditEvents, () => ({ items: [], next_cursor: null, total: 0 }));
  await using screen = openScreen(plane.url, ':fleet');
  await screen.shows(/web-1[^]*a act/);
  screen.type('e');
  await screen.shows(/\/target:rnr_1[^]*runner\.registered/);
});

test.each([
  ['', {}],
  ['outcome:problems by:mara', { outcome: 'problems', actor: 'mara' }],
  ['target:"web 1" -by:ada ~x', { target: 'web 1' }],
  ['type:runner.disabled type:half', { type: 'runner.disabled' }],
  ['disk category:fleet request:req_1', { q: 'disk', category: 'fleet', request_id: 'req_1' }],
])('the filter %j asks the server for %o', (filter, query) => {
  expect(auditQuery(filter)).toEqual(query);
});
