// What a host may hold its journal against, and who is told.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { enroll } from '../../support/enrolled.ts';
import { startRunningCloud } from '../../support/running-cloud.ts';
import type { FakeSocket } from './fake-socket.ts';
import { resultFrame, startFleet, type Fleet } from './fleet.ts';

let fleet: Fleet;
beforeEach(async () => void (fleet = await startFleet()));
afterEach(() => fleet.close());

async function finish(socket: FakeSocket, name: string, eventId: string | undefined): Promise<void> {
  await fleet.dispatch({ runners: [name] });
  const requestId = String(socket.frames().at(-1)?.['request_id']);
  const named = eventId === undefined ? { local_audit_failed: true } : { event_id: eventId };
  await fleet.runs.result(socket, resultFrame(requestId, named));
  await fleet.clock.leap(1_000);
}

test('the events of the newest eight results are told, newest first, each runner its own', async () => {
  const web = await fleet.ready('web-1');
  const other = await fleet.ready('web-2');
  for (let number = 1; number <= 10; number += 1) await finish(web, 'web-1', `evt_${number}`);
  await finish(other, 'web-2', 'evt_other');
  await finish(web, 'web-1', undefined);
  expect(await fleet.runs.storedEvents('rnr_web-1')).toEqual(
    [10, 9, 8, 7, 6, 5, 4, 3].map((number) => `evt_${number}`),
  );
  expect(await fleet.runs.storedEvents('rnr_web-2')).toEqual(['evt_other']);
});

test('only the runner’s own valid token is answered', async () => {
  await using cloud = await startRunningCloud();
  const path = '/runner/journal/stored-events';
  const token = await enroll(cloud, 'web-1');
  expect(await cloud.call('GET', path, undefined, token)).toMatchObject({
    status: 200,
    body: { event_ids: [] },
  });
  expect(await cloud.call('GET', path, undefined, null)).toMatchObject({
    status: 401,
    body: { error: 'missing_bearer' },
  });
  expect(await cloud.call('GET', path)).toMatchObject({ status: 401, body: { error: 'token_invalid' } });
  const { id } = await cloud.runner('web-1');
  await cloud.call('POST', `/api/v1/runners/${id}/revoke-token`, { confirm: 'web-1', reason: 'test' });
  expect(await cloud.call('GET', path, undefined, token)).toMatchObject({
    status: 401,
    body: { error: 'token_invalid' },
  });
});
