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

/** Calls of a control plane wherever it runs. */
export interface CloudCalls {
  readonly url: string;
  readonly ownerToken: string;
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
}

export interface RunningCloud extends CloudCalls, AsyncDisposable {
  readonly dataDir: string;
  readonly clock: TurnedClock;
  readonly cloud: Cloud;
  /** Every line that it logged so far. */
  readonly logged: string[];
  /** The audit trail's event types, oldest first. */
  auditEvents(): Promise<string[]>;
  /** Another control plane on the same PostgreSQL, with the same clock; to be ended before this one. */
  startBeside(): Promise<RunningCloud>;
  /** Stops it and starts it again on the same directory, with the same clock and another port. */
  restart(): Promise<void>;
}

export type RunningCloudOptions = Pick<CloudOptions, 'notices' | 'resolve' | 'publicUrl' | 'versions'> & {
  clock?: TurnedClock;
};

export async function startRunningCloud(options: RunningCloudOptions = {}): Promise<RunningCloud> {
  const { clock = createTurnedClock(), ...settings } = options;
  const dataDir = mkdtempSync(join(tmpdir(), 'emisar-cloud-'));
  const store = await freshStore();
  const { databaseUrl } = store;
  const { token: ownerToken } = await initialise(dataDir, 'test', databaseUrl);
  return serve({ dataDir, databaseUrl, ownerToken, clock, settings }, async () =>
    store[Symbol.asyncDispose](),
  );
}

interface Place {
  dataDir: string;
  databaseUrl: string | null;
  ownerToken: string;
  clock: TurnedClock;
  settings: Omit<RunningCloudOptions, 'clock'>;
}

async function serve(place: Place, dropStore: () => Promise<void>): Promise<RunningCloud> {
  const { dataDir, databaseUrl, ownerToken, clock, settings } = place;
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
  const calls = callsOf(() => cloud.url, ownerToken);
  return {
    ...calls,
    // Told anew each time, as a restart changes it.
    get url() {
      return cloud.url;
    },
    get cloud() {
      return cloud;
    },
    dataDir,
    clock,
    logged,
    auditEvents: async () => {
      const rows = await cloud.database.read
        .selectFrom('audit_events')
        .select('event_type')
        .orderBy('position')
        .execute();
      return rows.map((row) => row.event_type);
    },
    startBeside: () =>
      serve({ ...place, dataDir: mkdtempSync(join(tmpdir(), 'emisar-cloud-')) }, async () => {}),
    restart: async () => {
      await cloud.stop();
      cloud = await start();
    },
    [Symbol.asyncDispose]: async () => {
      await cloud.stop();
      await dropStore();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Calls as the owner to whatever serves at `urlOf()`. */
export function callsOf(urlOf: () => string, ownerToken: string): CloudCalls {
  const send = async (
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: unknown,
  ): Promise<Answer> => {
    const response = await fetch(urlOf() + path, {
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
      return urlOf();
    },
    ownerToken,
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
