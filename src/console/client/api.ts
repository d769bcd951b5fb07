// One typed call over the route descriptions: what goes out, what comes back, which failures are tried again.
// The token travels in a header to one origin only; redirects are never followed.
import { randomUUID } from 'node:crypto';
import { Pool, type Dispatcher } from 'undici';
import type { z } from 'zod';
import { isCreating, type Route } from '../../protocol/api/route.ts';
import { API_PREFIX } from '../../protocol/version.ts';
import { pause, systemClock, type Clock } from '../store/clock.ts';
import type { Call, CallArguments } from '../store/session.ts';
import { Refusal } from '../../protocol/errors.ts';
import { controlPlaneUrl, hostOf } from './address.ts';
import { readAnswer } from './answer.ts';

export interface ApiOptions {
  readonly url: string;
  readonly token: string;
  /** Look as this member: id or name. */
  readonly as?: string | undefined;
  readonly clock?: Clock;
  /** 0 ≤ x < 1; spreads retries. */
  readonly random?: () => number;
  /** PEM of a private authority. */
  readonly ca?: string | undefined;
  /** Bounds connecting, the wait for the answer's head, and each silence inside it. */
  readonly timeoutMs?: number;
}

export interface Api {
  /** The address in use, without a trailing slash. */
  readonly url: string;
  readonly call: Call;
  close(): Promise<void>;
}

const RETRIES = 2;
const RETRY_BASE_MS = 200;
const RETRY_AFTER_MAX_S = 5;

/** Refuses with `insecure_url` or `invalid_request` at once; every call may refuse with what the server says. */
export function createApi(options: ApiOptions): Api {
  const url = controlPlaneUrl(options.url);
  const { clock = systemClock, random = Math.random, timeoutMs = 15_000 } = options;
  const pool = new Pool(new URL(url).origin, {
    connections: 8,
    connectTimeout: Math.min(timeoutMs, 10_000),
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    keepAliveTimeout: 10_000,
    ...(options.ca === undefined ? {} : { connect: { ca: options.ca } }),
  });
  const prefix = new URL(url).pathname.replace(/\/+$/, '') + API_PREFIX;

  async function attempt<R extends Route>(
    route: R,
    parts: Parts,
    headers: Record<string, string>,
  ): Promise<z.output<R['output']>> {
    let response: Dispatcher.ResponseData;
    let text: string;
    try {
      response = await pool.request(requestOf(route, parts, prefix, headers));
      text = await response.body.text();
    } catch (error) {
      throw unreachable(url, error);
    }
    return readAnswer(route, response.statusCode, response.headers, text, hostOf(url));
  }

  async function call<R extends Route>(route: R, ...given: CallArguments<R>): Promise<z.output<R['output']>> {
    const parts = (given[0] ?? {}) as Parts;
    // One key for all attempts of a call: what it creates is created once.
    const once = takesKey(route) && !isDry(parts) ? { 'idempotency-key': randomUUID() } : {};
    const headers = { ...speakingFor(options), ...once };
    for (let tried = 0; ; tried += 1) {
      try {
        return await attempt(route, parts, headers);
      } catch (error) {
        const waitMs = retryWaitMs(route, error, tried, random);
        if (waitMs === null) throw error;
        await pause(clock, waitMs);
      }
    }
  }

  return { url, call, close: () => pool.destroy() };
}

interface Parts {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

/** Who asks, and as whom they look. */
export function speakingFor({ token, as }: Pick<ApiOptions, 'token' | 'as'>): Record<string, string> {
  const authorization = `Bearer ${token}`;
  return as === undefined ? { authorization } : { authorization, 'emisar-as': encodeURIComponent(as) };
}

function requestOf(
  route: Route,
  parts: Parts,
  prefix: string,
  given: Record<string, string>,
): Dispatcher.RequestOptions {
  const path = prefix + filledPath(route.path, parts.params ?? {}) + queryText(parts.query ?? {});
  const headers: Record<string, string> = { accept: 'application/json', ...given };
  if (route.method === 'GET' || route.method === 'DELETE') return { method: route.method, path, headers };
  headers['content-type'] = 'application/json';
  // Raw number literals inside pass through stringify as they were typed.
  return { method: route.method, path, headers, body: JSON.stringify(parts.body ?? {}) };
}

function filledPath(path: string, params: Readonly<Record<string, unknown>>): string {
  return path.replace(/:([a-z_]+)/g, (_whole, name: string) =>
    encodeURIComponent(String(params[name] ?? '')),
  );
}

function queryText(query: Readonly<Record<string, unknown>>): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== null) search.set(key, String(value));
  }
  const text = search.toString();
  return text === '' ? '' : `?${text}`;
}

/** Whoever is not signed in has no keys. */
function takesKey(route: Route): boolean {
  return route.permission !== null && isCreating(route);
}

/** Makes nothing, so there is nothing to be kept of it. */
function isDry({ body }: Parts): boolean {
  return typeof body === 'object' && body !== null && 'dry_run' in body && body.dry_run === true;
}

/** Only reading is repeated, and what has a key: whatever else may have happened although no answer came. */
function retryWaitMs(route: Route, error: unknown, tried: number, random: () => number): number | null {
  if ((route.method !== 'GET' && !takesKey(route)) || tried >= RETRIES || !(error instanceof Refusal))
    return null;
  if (error.code !== 'unreachable' && error.code !== 'unavailable' && error.code !== 'rate_limited')
    return null;
  if (error.retryAfterSeconds !== null) {
    return error.retryAfterSeconds <= RETRY_AFTER_MAX_S ? error.retryAfterSeconds * 1000 : null;
  }
  return error.code === 'rate_limited' ? null : random() * RETRY_BASE_MS * 2 ** tried;
}

/** The system's own word for it (`ECONNREFUSED`) helps; messages may hold addresses, never the token. */
function unreachable(url: string, error: unknown): Refusal {
  const code = (error as { code?: unknown }).code;
  const cause = typeof code === 'string' ? code : error instanceof Error ? error.message : 'no answer';
  return new Refusal(
    'unreachable',
    `Cannot reach the control plane at ${hostOf(url)}: ${words[cause] ?? cause}`,
    {
      url,
    },
  );
}

const words: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'the name is unknown',
  EAI_AGAIN: 'the name cannot be looked up now',
  ECONNRESET: 'the connection was cut',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
  UND_ERR_BODY_TIMEOUT: 'the answer stopped half way',
  UND_ERR_SOCKET: 'the connection was cut',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is not trusted here',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is not trusted here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not trusted here',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
};
