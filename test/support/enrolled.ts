// One runner that is enrolled and online on a running cloud: where most tests of the gateway begin.
import type { CloudCalls } from './running-cloud.ts';
import { until } from './until.ts';
import { connect, type DialOptions, type WireRunner } from './wire-runner.ts';

/** A token for `host`, by a key of its own. */
export async function enroll(cloud: CloudCalls, host: string): Promise<string> {
  const { secret } = await cloud.mintKey();
  const answer = await cloud.register(secret, host);
  if (answer.status !== 201) throw new Error(`not registered: ${JSON.stringify(answer.body)}`);
  return String(answer.body.token);
}

/** Dials with `token` and waits until the runner shows online. */
export async function bringOnline(
  cloud: CloudCalls,
  host: string,
  token: string,
  options: DialOptions = {},
): Promise<WireRunner> {
  const runner = await connect(cloud.url, token, options);
  runner.sendState({ hostname: host });
  await until(`${host} online`, async () => (await cloud.runner(host)).state === 'online');
  return runner;
}
