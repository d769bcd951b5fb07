// One POST to a receiver that is not ours: bound to the addresses that were judged, without redirects, bounded in time
// and in what is read.
import type { LookupFunction } from 'node:net';
import { isIP, type BlockList } from 'node:net';
import { rootCertificates } from 'node:tls';
import { Client } from 'undici';
import { ATTEMPT_WITHIN_MS, MAX_RETRY_AFTER_MS } from '../../protocol/webhook.ts';
import type { Clock } from '../clock.ts';
import { judgeAddresses } from './address-rule.ts';

/** What is read of an answer before the connection is closed: only its status counts. */
const MAX_ANSWER_BYTES = 16_384;

/** All addresses of a host name. */
export type Resolve = (host: string) => Promise<readonly string[]>;

export interface PostParts {
  clock: Clock;
  resolve: Resolve;
  /** Private addresses that may be dialled all the same. */
  allowed: BlockList;
  /** PEM of an authority beside those that Node knows. */
  ca: string | null;
}

export interface Attempt {
  /** HTTP status; null when there was no answer. */
  status: number | null;
  /** Null when it was taken; otherwise why not. */
  error: string | null;
  retryAfterMs: number | null;
  /** It will never be taken: no further attempt makes sense, to this address for any notice. */
  isGone: boolean;
}

export type Post = (
  url: string,
  message: { headers: Record<string, string>; body: string },
  stopped: AbortSignal,
) => Promise<Attempt>;

export function createPost(parts: PostParts): Post {
  return async (url, message, stopped) => {
    const late = new AbortController();
    const callOff = parts.clock.after(ATTEMPT_WITHIN_MS, () => late.abort());
    const signal = AbortSignal.any([stopped, late.signal]);
    try {
      return await post(parts, new URL(url), message, signal);
    } catch (error) {
      const seconds = ATTEMPT_WITHIN_MS / 1000;
      return failure(late.signal.aborted ? `no answer within ${seconds} seconds` : wordsOf(error));
    } finally {
      callOff();
    }
  };
}

async function post(
  { resolve, allowed, ca }: PostParts,
  url: URL,
  { headers, body }: { headers: Record<string, string>; body: string },
  signal: AbortSignal,
): Promise<Attempt> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const addresses = isIP(host) === 0 ? await Promise.race([resolve(host), aborted(signal)]) : [host];
  const verdict = judgeAddresses(url.protocol, addresses, allowed);
  if (!verdict.ok) return failure(verdict.because);
  const client = new Client(url.origin, {
    connect: { lookup: only(verdict.addresses), ...(ca !== null && { ca: [...rootCertificates, ca] }) },
    maxHeaderSize: MAX_ANSWER_BYTES,
    pipelining: 0,
  });
  try {
    const path = url.pathname + url.search;
    const answer = await client.request({ method: 'POST', path, headers, body, signal });
    // The status is the answer; how its body ends changes nothing.
    await answer.body.dump({ limit: MAX_ANSWER_BYTES, signal }).catch(() => {});
    return judgeAnswer(answer.statusCode, answer.headers['retry-after']);
  } finally {
    await client.destroy();
  }
}

/** Whatever is asked for, the addresses that were judged: which of them answers is found out in their order. */
function only(addresses: readonly string[]): LookupFunction {
  const judged = addresses.map((address) => ({ address, family: isIP(address) }));
  const [first = { address: '', family: 0 }] = judged;
  return (_host, options, found) =>
    options.all ? found(null, judged) : found(null, first.address, first.family);
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const end = () => reject(signal.reason as Error);
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}

function judgeAnswer(status: number, retryAfter: string | string[] | undefined): Attempt {
  if (status >= 200 && status < 300) return { status, error: null, retryAfterMs: null, isGone: false };
  const isRedirect = status >= 300 && status < 400;
  const error = isRedirect
    ? `answered ${status}: redirects are not followed, name the address that it leads to`
    : `answered ${status}`;
  const seconds = Number(retryAfter);
  const retryAfterMs = seconds > 0 ? Math.min(seconds * 1000, MAX_RETRY_AFTER_MS) : null;
  return { status, error, retryAfterMs, isGone: status === 410 };
}

function failure(error: string): Attempt {
  return { status: null, error, retryAfterMs: null, isGone: false };
}

/** Our words for the system's; never a message of the receiver. */
export function wordsOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return (
    words[code] ??
    (/^[A-Z_0-9]{3,60}$/.test(code) ? `the connection failed (${code})` : 'the connection failed')
  );
}

const words: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'the name is unknown',
  EAI_AGAIN: 'the name cannot be looked up now',
  ECONNRESET: 'the connection was cut',
  EHOSTUNREACH: 'no way leads there',
  ENETUNREACH: 'no way leads there',
  ETIMEDOUT: 'no connection in time',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
  UND_ERR_SOCKET: 'the connection was cut',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is not trusted here',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is not trusted here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not trusted here',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
};
