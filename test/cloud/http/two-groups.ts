// A fleet of two groups, alike in everything: web, which Mara reaches, and db, which she does not.
import { defaultPolicy } from '../../../src/protocol/policy.ts';
import type { WireRunner } from '../../support/wire-runner.ts';
import { bringOnline, enroll } from '../../support/enrolled.ts';
import { startRunningCloud, type Answer, type RunningCloud } from '../../support/running-cloud.ts';
import { until } from '../../support/until.ts';
import { descriptor } from '../runs/fleet.ts';

/** What a call may be about, by id or name. */
export interface Things {
  runner: string;
  runnerName: string;
  group: string;
  pack: string;
  packVersion: string;
  packHash: string;
  action: string;
  run: string;
  operation: string;
  approval: string;
  grant: string;
  event: string;
  webhook: string;
}

export interface TwoGroups extends AsyncDisposable {
  cloud: RunningCloud;
  /** Of an admin who reaches the group web alone. */
  mara: string;
  inside: Things;
  outside: Things;
  runners: { web: WireRunner; db: WireRunner };
}

/** What does not exist, of every kind. */
export const absent: Things = {
  runner: 'rnr_absent',
  runnerName: 'xq-1',
  group: 'xq',
  pack: 'xqpack',
  packVersion: 'pkv_absent',
  packHash: `sha256:${'c'.repeat(64)}`,
  action: 'xqpack.ping',
  run: 'run_absent',
  operation: 'op_absent',
  approval: 'apr_absent',
  grant: 'grt_absent',
  event: 'aud_absent',
  webhook: 'whk_absent',
};

/** Of a scope without rules of its own. */
const edit = { rules: defaultPolicy, expected_version: 0 };

type Row = Record<string, unknown> & { id: string };
const itemsOf = ({ body }: Answer) => (body['items'] ?? []) as Row[];

export async function startTwoGroups(): Promise<TwoGroups> {
  const cloud = await startRunningCloud();
  const post = async (path: string, body: object = {}, token?: string) => {
    const answer = await cloud.call('POST', `/api/v1${path}`, body, token);
    if (answer.status >= 300) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
    return answer;
  };
  const runners = { web: await online(cloud, 'web'), db: await online(cloud, 'db') };
  const made = async (group: 'web' | 'db', webhook: string) => things(cloud, post, group, webhook);
  const mara = await member(post, 'mara', {
    runner_access: 'restricted',
    runner_selectors: ['group:web'],
    pack_access: 'restricted',
    pack_ids: ['webpack'],
  });
  const inside = await made('web', await webhookOf(post, 'web-hook', mara));
  const outside = await made('db', await webhookOf(post, 'db-hook', cloud.ownerToken));
  return {
    cloud,
    mara,
    inside,
    outside,
    runners,
    [Symbol.asyncDispose]: async () => {
      for (const runner of Object.values(runners)) runner[Symbol.dispose]();
      await cloud[Symbol.asyncDispose]();
    },
  };
}

type Post = (path: string, body?: object, token?: string) => Promise<Answer>;

async function online(cloud: RunningCloud, group: string): Promise<WireRunner> {
  const host = `${group}-1`;
  const runner = await bringOnline(cloud, host, await enroll(cloud, host));
  runner.sendState({
    hostname: host,
    group,
    packs: { [`${group}pack`]: { version: '1.0.0', hash: hashOf(group) } },
    actions: [descriptor(`${group}pack.ping`), descriptor(`${group}pack.restart`, { risk: 'high' })],
  });
  await until(`${host} carries its pack`, async () => (await cloud.runner(host)).packs_count === 1);
  return runner;
}

function hashOf(group: string): string {
  return `sha256:${(group === 'web' ? 'a' : 'b').repeat(64)}`;
}

async function member(post: Post, name: string, access: object): Promise<string> {
  const { body } = await post('/members', { name, role: 'admin', access });
  return String((await post('/auth/invitation', { code: body['code'] })).body['secret']);
}

async function webhookOf(post: Post, name: string, token: string): Promise<string> {
  const wish = { name, url: 'https://hooks.example.com/in', events: ['run.failed'] };
  const { body } = await post('/webhooks', wish, token);
  return (body['webhook'] as Row).id;
}

async function things(cloud: RunningCloud, post: Post, group: string, webhook: string): Promise<Things> {
  const get = (path: string) => cloud.call('GET', `/api/v1${path}`);
  const { id: runner } = await cloud.runner(`${group}-1`);
  const [version] = itemsOf(await get(`/pack-versions?pack=${group}pack`));
  const packVersion = version?.id ?? '';
  await post(`/pack-versions/${packVersion}/trust`, { expected_hash: hashOf(group) });
  const start = async (action: string) => {
    const wish = { action_id: `${group}pack.${action}`, runners: [runner], reason: 'to see' };
    const { body } = await post('/dispatches', wish);
    const [line] = body['results'] as { run: Row | null }[];
    return { operation: String(body['id']), run: line?.run?.id ?? '' };
  };
  await start('restart');
  const waiting = async () =>
    itemsOf(await get('/approvals?status=pending')).find((one) => one['runner_id'] === runner)?.id ?? '';
  const approved = await post(`/approvals/${await waiting()}/approve`, {
    duration: '1d',
    scope: { args: 'any' },
  });
  for (const scope of [`groups/${group}`, `runners/${runner}`]) {
    const { status, body } = await cloud.call('PUT', `/api/v1/policy/${scope}`, edit);
    if (status !== 200) throw new Error(JSON.stringify(body));
  }
  const { run, operation } = await start('ping');
  // By another token than the grant's, so that it waits for people.
  const other = String((await post('/tokens', { name: `${group}-token` })).body['secret']);
  await post(
    '/dispatches',
    { action_id: `${group}pack.restart`, runners: [runner], reason: 'to see' },
    other,
  );
  const [event] = itemsOf(await get(`/audit/events?target=${group}-1&limit=1`));
  return {
    runner,
    runnerName: `${group}-1`,
    group,
    pack: `${group}pack`,
    packVersion,
    packHash: hashOf(group),
    action: `${group}pack.ping`,
    run,
    operation,
    approval: await waiting(),
    grant: (approved.body['grant'] as Row).id,
    event: event?.id ?? '',
    webhook,
  };
}
