// The two HTTP calls of a runner: enrolling with a key, and asking for the token's successor.
// When each is made is credential.ts; what happens after a refusal is dial-loop.ts.
import { RegisterResponse } from '../../protocol/frames.ts';
import { bounded } from '../../protocol/neutralise.ts';
import type { Clock } from '../clock.ts';
import { sendCall } from './http-call.ts';

const ANSWER_WITHIN_MS = 10_000;
const LARGEST_ANSWER_BYTES = 4096;

/** True for text that can stand in a header as it is: printable ASCII without space, at most 512 characters. */
export function isSecret(text: string): boolean {
  return /^[\x21-\x7e]{1,512}$/.test(text);
}

export interface RegistrationRequest {
  readonly external_id: string;
  readonly hostname: string;
  readonly group: string;
  readonly version: string;
}

export interface IssuedToken {
  readonly token: string;
  readonly refreshAfter: string | null;
}

export type CallAnswer =
  | { readonly kind: 'issued'; readonly issued: IssuedToken }
  /** The server said no; `code` and `message` come from its JSON body, neutralised. */
  | {
      readonly kind: 'refused';
      readonly status: number;
      readonly code: string;
      readonly message: string;
      readonly retryAfterMs: number;
    }
  /** No usable answer at all. */
  | { readonly kind: 'failed'; readonly because: string };

export interface CallOptions {
  readonly clock: Clock;
  /** PEM of a private certificate authority, when one is configured. */
  readonly ca: string | undefined;
  readonly signal: AbortSignal;
}

/** Enrolls with the key; redirects are not followed, so the key goes nowhere else. */
export function register(
  url: URL,
  key: string,
  body: RegistrationRequest,
  options: CallOptions,
): Promise<CallAnswer> {
  return issue(url, { method: 'POST', bearer: key, body: JSON.stringify(body) }, options);
}

/** Asks for the successor of the runner token. */
export function refreshToken(url: URL, token: string, options: CallOptions): Promise<CallAnswer> {
  return issue(url, { method: 'POST', bearer: token, body: null }, options);
}

async function issue(url: URL, asked: Call, options: CallOptions): Promise<CallAnswer> {
  const answer = await callCloud(url, asked, options);
  return 'because' in answer ? { kind: 'failed', because: answer.because } : readAnswer(answer);
}

export interface Call {
  readonly method: 'GET' | 'POST';
  readonly bearer: string;
  readonly body: string | null;
}

export interface HttpAnswer {
  readonly status: number;
  /** Null when it was larger than any answer of ours. */
  readonly text: string | null;
  readonly retryAfterMs: number;
}

/** One HTTP call to the control plane: not redirected, bounded in time and size, never thrown. */
export async function callCloud(
  url: URL,
  { method, bearer, body }: Call,
  options: CallOptions,
): Promise<HttpAnswer | { readonly because: string }> {
  const abort = new AbortController();
  const stop = () => abort.abort();
  options.signal.addEventListener('abort', stop);
  const cancelTimer = options.clock.setTimer(ANSWER_WITHIN_MS, stop);
  try {
    const answer = await sendCall(url, {
      method,
      headers: {
        authorization: `Bearer ${bearer}`,
        ...(body === null ? {} : { 'content-type': 'application/json' }),
      },
      body,
      ...(options.ca !== undefined && { ca: options.ca }),
      signal: abort.signal,
    });
    const text = await readBounded(answer);
    return {
      status: answer.statusCode ?? 0,
      text,
      retryAfterMs: retryAfterMs(answer.headers['retry-after']),
    };
  } catch (error) {
    return { because: abort.signal.aborted ? 'no answer within 10 s' : causeOf(error) };
  } finally {
    cancelTimer();
    options.signal.removeEventListener('abort', stop);
    // Whatever of the answer was not wanted: the connection serves this one call.
    abort.abort();
  }
}

async function readBounded(body: AsyncIterable<Uint8Array>): Promise<string | null> {
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const part of body) {
    sizeBytes += part.byteLength;
    if (sizeBytes > LARGEST_ANSWER_BYTES) return null;
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function readAnswer({ status, text, retryAfterMs: retryMs }: HttpAnswer): CallAnswer {
  if (status !== 200 && status !== 201) {
    return { kind: 'refused', status, retryAfterMs: retryMs, ...readErrorBody(text) };
  }
  const decoded = RegisterResponse.safeParse(parseJson(text));
  if (!decoded.success || !isSecret(decoded.data.token)) {
    return { kind: 'failed', because: 'the answer is not the one of an emisar control plane; check the URL' };
  }
  return {
    kind: 'issued',
    issued: { token: decoded.data.token, refreshAfter: decoded.data.refresh_after ?? null },
  };
}

/** `error` and `message` of a JSON error body; empty texts when it is none. */
export function readErrorBody(text: string | null): { code: string; message: string } {
  const body = parseJson(text);
  const field = (name: string) => {
    const value =
      typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[name] : undefined;
    return typeof value === 'string' ? bounded(value, 300) : '';
  };
  return { code: field('error'), message: field('message') };
}

function parseJson(text: string | null): unknown {
  if (text === null) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Milliseconds of a Retry-After header in seconds; 0 when there is none. */
export function retryAfterMs(header: string | string[] | undefined): number {
  return typeof header === 'string' && /^\d{1,6}$/.test(header) ? Number(header) * 1000 : 0;
}

/** The reason behind a failed connection, such as ECONNREFUSED, without addresses of proxies or secrets. */
export function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
  const message =
    cause instanceof Error && cause.message !== '' ? cause.message : code || 'connection failed';
  const hint = /CERT|ISSUER|SIGNATURE/.test(code) ? '; name its authority in cloud.ca_file' : '';
  // What follows a semicolon is advice about Node, not about this host.
  return bounded(message.split(';')[0] ?? '', 200) + hint;
}
