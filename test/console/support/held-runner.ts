// A runner on the wire whose action policy holds back, and the environment of verbs against its control plane.
import { descriptor, HASH_A } from '../../cloud/runs/fleet.ts';
import { enroll } from '../../support/enrolled.ts';
import type { RunningCloud } from '../../support/running-cloud.ts';
import { until } from '../../support/until.ts';
import { connect, type WireRunner } from '../../support/wire-runner.ts';
import { environment } from './verb-run.ts';

export const envOf = (cloud: RunningCloud): Record<string, string> => ({
  ...environment(),
  EMISAR_CONSOLE_URL: cloud.url,
  EMISAR_TOKEN: cloud.ownerToken,
});

/** A runner that is online with an action of high risk, of a pack that is trusted. */
export async function online(cloud: RunningCloud, name: string): Promise<WireRunner> {
  const runner = await connect(cloud.url, await enroll(cloud, name));
  runner.sendState({
    packs: { demo: { version: '1.0.0', hash: HASH_A } },
    actions: [descriptor('demo.restart', { risk: 'high' })],
  });
  await until('advertised', async () => (await cloud.runner(name)).packs_count === 1);
  await cloud.call('POST', '/api/v1/pack-versions/demo@1.0.0/trust', { expected_hash: HASH_A });
  return runner;
}
