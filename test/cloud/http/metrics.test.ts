import { expect, test } from 'vitest';
import { resultFrame } from '../runs/fleet.ts';
import { enroll } from '../../support/enrolled.ts';
import { bringOffering, dispatchTo, runOf } from '../../support/offering-runner.ts';
import { startRunningCloud } from '../../support/running-cloud.ts';
import { until } from '../../support/until.ts';

test('figures tell who is online, what came over the sockets and how long a dispatch took, in bounded words', async () => {
  await using cloud = await startRunningCloud();
  const figures = async () => (await fetch(`${cloud.url}/metrics`)).text();
  const token = await enroll(cloud, 'web-1');
  using runner = await bringOffering(cloud, 'web-1', token);
  const runId = await dispatchTo(cloud, 'web-1');
  const { request_id: requestId } = await runner.frame('run_action');
  await cloud.clock.advance(40);
  runner.send({ type: 'action_started', protocol_version: 1, request_id: requestId });
  runner.send({ type: 'a_frame_of_tomorrow', protocol_version: 1 });
  runner.send('{');
  runner.send(resultFrame(String(requestId)));
  await until('the run ended', async () => (await runOf(cloud, runId)).status === 'success');
  const text = await figures();
  for (const line of [
    'emisar_runners{state="online"} 1',
    'emisar_runners{state="stale"} 0',
    'emisar_runner_sessions 1',
    'emisar_stream_viewers 0',
    'emisar_runner_frames_total{kind="action_result"} 1',
    'emisar_runner_frames_total{kind="ignored"} 1',
    'emisar_runner_frames_total{kind="malformed"} 1',
    'emisar_dispatch_seconds_count{step="handed_over"} 1',
    'emisar_dispatch_seconds_sum{step="started"} 0.04',
  ])
    expect(text).toContain(`${line}\n`);
  expect(text).toMatch(/^# TYPE emisar_notices_waiting gauge$/m);
  expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds /m);
  expect(text).toMatch(/^emisar_write_seconds_count [1-9]/m);
  // Nothing that somebody chose stands in a label: neither a host, nor an id, nor a frame's own word.
  expect(text).not.toMatch(/web-1|rnr_|demo|tomorrow/);
});
