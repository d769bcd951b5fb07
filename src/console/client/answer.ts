// What an HTTP answer means: a decoded value, the server's refusal, or a server that is no control plane.
import type { z } from 'zod';
import { Problem, type Route } from '../../protocol/api/route.ts';
import { tryDecode } from '../../protocol/decode.ts';
import { Refusal } from '../../protocol/errors.ts';
import { parseExact } from '../../protocol/exact-json.ts';
import { RemoteRefusal } from './remote-refusal.ts';

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** The output of a call, or a Refusal: the server's own, or `not_emisar`. */
export function readAnswer<R extends Route>(
  route: R,
  status: number,
  headers: Headers,
  text: string,
  host: string,
): z.output<R['output']> {
  const body = jsonOf(text);
  if (status >= 200 && status < 300) {
    const decoded = decodeOutput(route, body, text);
    if (decoded.ok) return decoded.value;
    throw notEmisar(host, decoded.because);
  }
  throw problemOf(status, headers, body, host);
}

/** The refusal in an answer that is no success. */
export function problemOf(status: number, headers: Headers, body: unknown, host: string): Refusal {
  const retryAfter = Number(headers['retry-after'] ?? Number.NaN);
  const retryAfterSeconds = Number.isFinite(retryAfter) ? retryAfter : null;
  const problem = tryDecode(Problem, body);
  if (problem.ok) return new RemoteRefusal(problem.value, status, retryAfterSeconds);
  // A proxy in front answers like this while the control plane restarts.
  if (status === 502 || status === 503 || status === 504) {
    return new Refusal(
      'unavailable',
      `Cannot reach the control plane behind ${host}`,
      { status },
      retryAfterSeconds,
    );
  }
  if (status >= 300 && status < 400)
    return notEmisar(host, 'it sends elsewhere, which a token never follows');
  return notEmisar(host, `it answered ${status} without a reason`);
}

/** JSON, or undefined for what is none. */
export function jsonOf(text: string): unknown {
  try {
    return parseExact(text);
  } catch {
    return undefined;
  }
}

function decodeOutput<R extends Route>(route: R, exact: unknown, text: string) {
  if (exact === undefined) return { ok: false as const, because: 'it did not answer in JSON' };
  const first = tryDecode(route.output as R['output'], exact);
  if (first.ok) return first;
  // A number written unusually (1e3) stays a literal in exact form; where a number is expected, read it plainly.
  const second = tryDecode(route.output as R['output'], JSON.parse(text));
  return second.ok
    ? second
    : { ok: false as const, because: `${second.path || 'its answer'} ${second.because}` };
}

function notEmisar(host: string, because: string): Refusal {
  return new Refusal('not_emisar', `Cannot talk to ${host}: it is not an emisar control plane (${because})`);
}
