// One line of the dispatch log, read strictly: a log that cannot be believed must not decide what runs again.
import { z } from 'zod';
import { ActionResultFrame } from '../../protocol/frames.ts';
import { parseExact } from '../../protocol/exact-json.ts';
import { decodeExactJson } from '../../packs/exact-json.ts';

export type DispatchState = 'reserved' | 'completed' | 'acknowledged';

export interface DispatchRecord {
  readonly requestId: string;
  readonly digest: string;
  readonly state: DispatchState;
  /** Present from `completed` on. */
  readonly result: ActionResultFrame | null;
}

const Line = z.strictObject({
  request_id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  dispatch_sha256: z.string().regex(/^[0-9a-f]{64}$/),
  state: z.enum(['reserved', 'completed', 'acknowledged']),
  result: z.record(z.string(), z.unknown()),
});

// The shape that other builds of this format write and expect while there is no result yet.
const noResult = {
  type: '',
  protocol_version: 0,
  request_id: '',
  status: '',
  exit_code: 0,
  duration_ms: 0,
  emitted_stdout_bytes: 0,
  emitted_stderr_bytes: 0,
  progress_chunks: 0,
};

/** The line of one record, without its line feed. */
export function encodeRecord(record: DispatchRecord): string {
  return JSON.stringify({
    request_id: record.requestId,
    dispatch_sha256: record.digest,
    state: record.state,
    result: record.result ?? noResult,
  });
}

/** Reads one line; throws an Error whose message names the rule that it breaks. */
export function decodeRecord(line: string): DispatchRecord {
  decodeExactJson(line);
  // A typed result keeps every digit of its numbers, over a restart too (SPEC WP3).
  const decoded = Line.safeParse(parseExact(line));
  if (!decoded.success)
    throw new Error(`${decoded.error.issues[0]?.path.join('.') ?? 'the line'} is not valid`);
  const { request_id: requestId, dispatch_sha256: digest, state, result } = decoded.data;
  if (state === 'reserved') {
    if (!Object.values(result).every(isZero)) throw new Error('a reserved dispatch has a result');
    return { requestId, digest, state, result: null };
  }
  const frame = ActionResultFrame.safeParse(result);
  if (!frame.success) throw new Error('the result is not valid');
  if (frame.data.request_id !== requestId) throw new Error('the result belongs to another request');
  if ((frame.data.local_audit_failed === true) !== (frame.data.event_id === undefined)) {
    throw new Error('local_audit_failed contradicts event_id');
  }
  return { requestId, digest, state, result: frame.data };
}

function isZero(value: unknown): boolean {
  return value === null || value === '' || value === 0 || value === false;
}
