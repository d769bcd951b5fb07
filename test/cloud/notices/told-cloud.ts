// A running cloud whose news goes to a real https receiver, and hosts that make news.
import { BlockList } from 'node:net';
import { Delivery, Webhook } from '../../../src/protocol/api/webhooks.ts';
import type { MailServer } from '../../../src/cloud/notices/mail.ts';
import type { Resolve } from '../../../src/cloud/notices/post.ts';
import { enroll } from '../../support/enrolled.ts';
import { startReceiver, type NoticeReceiver, type Received } from '../../support/notice-receiver.ts';
import { startRunningCloud, type RunningCloud } from '../../support/running-cloud.ts';
import { until } from '../../support/until.ts';
import { connect, type WireRunner } from '../../support/wire-runner.ts';
import { descriptor, HASH_A } from '../runs/fleet.ts';

export interface ToldCloud extends AsyncDisposable {
  readonly cloud: RunningCloud;
  readonly receiver: NoticeReceiver;
  /** Makes a webhook to the receiver. */
  add(
    events: string[],
    more?: Record<string, unknown>,
    token?: string,
  ): Promise<{ webhook: Webhook; secret: string }>;
  webhook(id: string): Promise<Webhook>;
  deliveries(id: string): Promise<Delivery[]>;
  /** The notice of that event after so many of it. */
  told(event: string, after?: number): Promise<Received>;
  /** Online with the pack `demo`, whose `demo.ping` is of low and `demo.restart` of high risk. */
  host(name: string, group?: string, hash?: string): Promise<WireRunner>;
  trustDemo(): Promise<void>;
  dispatch(action: string, runners: string[], token?: string): Promise<{ id: string; run: { id: string } }>;
}

export function blockListOf(...cidrs: string[]): BlockList {
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [address = '', bits] = cidr.split('/');
    list.addSubnet(address, Number(bits), address.includes(':') ? 'ipv6' : 'ipv4');
  }
  return list;
}

export async function startToldCloud(
  options: { mail?: MailServer | null; resolve?: Resolve; allowed?: BlockList; ca?: string } = {},
): Promise<ToldCloud> {
  const receiver = await startReceiver();
  const {
    mail = null,
    ca = receiver.ca,
    resolve = async () => ['127.0.0.1'],
    allowed = blockListOf('127.0.0.0/8'),
  } = options;
  const cloud = await startRunningCloud({ notices: { allowed, ca, mail }, resolve });
  const runners: WireRunner[] = [];
  const call = async (method: string, path: string, body?: unknown, token?: string) => {
    const answer = await cloud.call(method, `/api/v1${path}`, body, token);
    if (answer.status >= 300)
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  return {
    cloud,
    receiver,
    add: async (events, more = {}, token) => {
      const made = await call(
        'POST',
        '/webhooks',
        { name: 'ops', url: receiver.url, events, ...more },
        token,
      );
      return { webhook: Webhook.parse(made.webhook), secret: String(made.secret) };
    },
    webhook: async (id) => Webhook.parse(await call('GET', `/webhooks/${id}`)),
    deliveries: async (id) => Delivery.array().parse((await call('GET', `/webhooks/${id}/deliveries`)).items),
    told: (event, after = 0) =>
      until(`${event} is told`, () => receiver.received.filter(({ json }) => json.event === event)[after]),
    host: async (name, group = 'web', hash = HASH_A) => {
      const runner = await connect(cloud.url, await enroll(cloud, name));
      runners.push(runner);
      runner.sendState({
        hostname: name,
        group,
        packs: { demo: { version: '1.0.0', hash } },
        actions: [descriptor('demo.ping'), descriptor('demo.restart', { risk: 'high' })],
      });
      await until(`${name} online with its pack`, async () => {
        const { state, packs_count } = await cloud.runner(name);
        return state === 'online' && packs_count === 1;
      });
      return runner;
    },
    trustDemo: async () => {
      const version = await call('GET', '/pack-versions/demo@1.0.0');
      await call('POST', `/pack-versions/${String(version.id)}/trust`, {
        expected_hash: version.pending_hash,
      });
    },
    dispatch: async (action, names, token) => {
      const body = { action_id: action, runners: names, reason: 'to see' };
      const made = await call('POST', '/dispatches', body, token);
      const [first] = made.results as { run: { id: string } | null; refusal: unknown }[];
      if (!first?.run) throw new Error(`no run was made: ${JSON.stringify(first)}`);
      return { id: String(made.id), run: first.run };
    },
    [Symbol.asyncDispose]: async () => {
      for (const runner of runners) runner[Symbol.dispose]();
      await cloud[Symbol.asyncDispose]();
      await receiver[Symbol.asyncDispose]();
    },
  };
}
