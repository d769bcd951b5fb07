// `local --exec` on a real control plane with a runner that is spoken by hand.
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { execOnThisHost } from '../../../src/console/local/exec.ts';
import { descriptor, progressFrame, resultFrame } from '../../cloud/runs/fleet.ts';
import { bringOnline, enroll } from '../../support/enrolled.ts';
import { startRunningCloud } from '../../support/running-cloud.ts';
import { until } from '../../support/until.ts';

const hash = `sha256:${'a'.repeat(64)}`;

test.each([
  [false, 'line 1\n'],
  [true, /"status": "success"[^]*"chunk": "line 1\\n"/],
])('the run is followed by the event stream, as JSON: %s', async (json, expected) => {
  await using cloud = await startRunningCloud();
  using runner = await bringOnline(cloud, 'web-1', await enroll(cloud, 'web-1'));
  const actions = [descriptor('demo.ping', { pack_id: 'demo' })];
  runner.sendState({ packs: { demo: { version: '1.0.0', hash } }, actions });
  await until('advertised', async () => (await cloud.runner('web-1')).packs_pending === 1);
  await cloud.call('POST', '/api/v1/pack-versions/demo@1.0.0/trust', { expected_hash: hash });

  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const fleet = {
    url: cloud.url,
    token: cloud.ownerToken,
    host: 'web-1',
    runnerEnded: new Promise<string>(() => {}),
    stop: async () => {},
  };
  const request = { actionId: 'demo.ping', args: {}, reason: 'to see', json };
  const ended = execOnThisHost(fleet, request, { stdout, stderr, signal: new AbortController().signal });
  const requestId = String((await runner.frame('run_action')).request_id);
  await until('following by the stream', async () => cloud.cloud.domains.stream.viewersCount() === 1);
  runner.send(progressFrame(requestId, 1));
  runner.send(resultFrame(requestId));
  expect(await ended).toBe(0);
  stdout.end();
  const printed = await text(stdout);
  if (typeof expected === 'string') expect(printed).toBe(expected);
  else expect(printed).toMatch(expected);
  await until('the stream is left', async () => cloud.cloud.domains.stream.viewersCount() === 0);
});
