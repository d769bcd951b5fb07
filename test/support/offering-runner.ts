// A runner on the wire that offers one action which its account trusts, and a run of it.
import type { RunDetail } from '../../src/protocol/api/runs.ts';
import { HASH_A, descriptor } from '../cloud/runs/fleet.ts';
import { bringOnline } from './enrolled.ts';
import type { CloudCalls } from './running-cloud.ts';
import type { WireRunner } from './wire-runner.ts';

export const OFFERED = 'demo.ping';

/** What its runner_state says beside its host. */
export const advertised = {
  packs: { demo: { version: '1.0.0', hash: HASH_A } },
  actions: [descriptor(OFFERED)],
};

/** Online, with its pack trusted by whoever looked at it. */
export async function bringOffering(cloud: CloudCalls, host: string, token: string): Promise<WireRunner> {
  const runner = await bringOnline(cloud, host, token);
  runner.sendState({ hostname: host, ...advertised });
  await trustOffered(cloud);
  return runner;
}

/** Waits for the pack to wait for trust, and gives it. */
export async function trustOffered(cloud: CloudCalls): Promise<void> {
  for (;;) {
    const { body } = await cloud.call('GET', '/api/v1/pack-versions');
    const [version] = body['items'] as { id: string; state: string; pending_hash: string | null }[];
    if (version?.state === 'trusted') return;
    if (version?.pending_hash)
      await cloud.call('POST', `/api/v1/pack-versions/${version.id}/trust`, {
        expected_hash: version.pending_hash,
      });
  }
}

/** Dispatches the action; the id of its run. */
export async function dispatchTo(cloud: CloudCalls, host: string): Promise<string> {
  const { status, body } = await cloud.call('POST', '/api/v1/dispatches', {
    action_id: OFFERED,
    runners: [host],
    reason: 'to see',
  });
  const [line] = (body['results'] ?? []) as { run: { id: string } | null }[];
  if (!line?.run) throw new Error(`not dispatched: ${status} ${JSON.stringify(body)}`);
  return line.run.id;
}

export async function runOf(cloud: CloudCalls, id: string): Promise<RunDetail> {
  return (await cloud.call('GET', `/api/v1/runs/${id}`)).body as unknown as RunDetail;
}
