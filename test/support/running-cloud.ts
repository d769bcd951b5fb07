// A real control plane in a directory of its own, on a port of its own, with a clock that the test turns.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { z } from 'zod';
import { systemRandom } from '../../src/cloud/clock.ts';
import { startCloud, type Cloud, type CloudOptions } from '../../src/cloud/cloud.ts';
import { initialise } from '../../src/cloud/commands/init-command.ts';
import { createLog } from '../../src/cloud/log.ts';
import type { MintedKey } from '../../src/protocol/api/enrollment-keys.ts';
import type { Runner } from '../../src/protocol/api/runners.ts';
import { checkExchange } from './api-contract.ts';
import { freshStore } from './fresh-store.ts';
import { createTurnedClock, type TurnedClock } from './turned-clock.ts';

export interface Answer {
  status: number;
  headers: Headers;
  /** Decoded JSON; tests say what they expect of it. */
  body: Record<string, unknown>;
}

export interface RunningCloud extends AsyncDisposable {
  readonly url: string;
  readonly dataDir: string;
  readonly ownerToken: string;
  readonly clock: TurnedClock;
  readonly cloud: Cloud;
  /** Every line that it logged so far. */
  readonly logged: string[];
  /** One call of the operator API, as the owner unless another token (or null) is given. */
  call(
    method: string,
    path: string,
    body?: unknown,
    token?: string | null,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  mintKey(wish?: Record<string, unknown>): Promise<z.output<typeof MintedKey>>;
  register(key: string, externalId: string, more?: Record<string, unknown>): Promise<Answer>;
  runner(reference: string): Promise<Runner>;
  /** The audit trail's event types, oldest first. */
  auditEvents(): Promise<string[]>;
  /** Stops it and starts it again on the same directory, with the same clock and another port. */
  restart(): Promise<void>;
}

export type RunningCloudOptions = Pick<CloudOptions, 'notices' | 'resolve' | 'publicUrl'> & {
  clock?: TurnedClock;
};

export async function startRunningCloud(options: RunningCloudOptions = {}): Promise<RunningCloud> {
  const { clock: given, ...settings } = options;
  const dataDir = mkdtempSync(join(tmpdir(), 'emisar-cloud-'));
  const store = await freshStore();
  const { databaseUrl } = store;
  const { token: ownerToken } = await initialise(dataDir, 'test', databaseUrl);
  const clock = given ?? createTurnedClock();
  const logged: string[] = [];
  const start = () =>
    startCloud({
      dataDir,
      databaseUrl,
      clock,
      random: systemRandom,
      log: createLog('debug', (line) => void logged.push(line)),
      listen: { host: '127.0.0.1', port: 0 },
      ...settings,
    });
  let cloud = await start();
  const send = async (
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: unknown,
  ): Promise<Answer> => {
    const response = await fetch(cloud.url + path, {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = /\/(problem\+)?json/.test(response.headers.get('content-type') ?? '');
    const answered = isJson ? JSON.parse(text) : text;
    const contentType = response.headers.get('content-type') ?? '';
    checkExchange({ method, path, sent: parsed(body), status: response.status, contentType, answered });
    return {
      status: response.status,
      headers: response.headers,
      body: isJson ? answered : { text },
    };
  };
  const call: RunningCloud['call'] = (method, path, body, token = ownerToken, headers = {}) =>
    send(method, path, { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...headers }, body);
  return {
    get url() {
      return cloud.url;
    },
    get cloud() {
      return cloud;
    },
    dataDir,
    ownerToken,
    clock,
    logged,
    call,
    mintKey: async (wish = {}) => {
      const { body } = await call('POST', '/api/v1/enrollment-keys', wish);
      const [minted] = body.items as z.output<typeof MintedKey>[];
      if (!minted) throw new Error(`no key was minted: ${JSON.stringify(body)}`);
      return minted;
    },
    register: (key, externalId, more = {}) =>
      send(
        'POST',
        '/runner/register',
        { authorization: `Bearer ${key}` },
        { external_id: externalId, hostname: externalId, ...more },
      ),
    runner: async (reference) => {
      const { body } = await call('GET', `/api/v1/runners/${encodeURIComponent(reference)}`);
      return body as unknown as Runner;
    },
    auditEvents: async () => {
      const rows = await cloud.database.read
        .selectFrom('audit_events')
        .select('event_type')
        .orderBy('position')
        .execute();
      return rows.map((row) => row.event_type);
    },
    restart: async () => {
      await cloud.stop();
      cloud = await start();
    },
    [Symbol.asyncDispose]: async () => {
      await cloud.stop();
      await store[Symbol.asyncDispose]();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** What was sent, as far as it is JSON. */
function parsed(body: unknown): unknown {
  if (typeof body !== 'string') return body;
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
