// From the text of one frame to a typed frame, or what is wrong with it (wire protocol 5). Pure.
// A result or a state is mended rather than refused: a refused one would come again at every reconnect.
import type { z } from 'zod';
import {
  ActionProgressFrame,
  ActionResultFrame,
  ActionStartedFrame,
  HeartbeatFrame,
  RunnerErrorFrame,
  RunnerStateFrame,
  runnerFrameTypes,
  type RunnerFrame,
} from '../../protocol/frames.ts';
import { isRequestId } from '../../protocol/ids.ts';
import { parseExact } from '../../protocol/exact-json.ts';
import { PROTOCOL_VERSION } from '../../protocol/version.ts';

export type Intake =
  | { kind: 'frame'; frame: RunnerFrame }
  /** A type we do not know: newer runners may say more than we understand. */
  | { kind: 'ignored' }
  /** Answered with an error frame; the session goes on. */
  | { kind: 'malformed'; requestId: string | null; isResult: boolean; isState: boolean }
  /** Ends the session with close code 1002. */
  | { kind: 'violation'; because: string };

type Fields = Record<string, unknown>;

const schemas: Record<string, z.ZodType<RunnerFrame>> = {
  runner_state: RunnerStateFrame,
  action_started: ActionStartedFrame,
  action_progress: ActionProgressFrame,
  heartbeat: HeartbeatFrame,
  error: RunnerErrorFrame,
  action_result: ActionResultFrame,
};
const needRequestId: ReadonlySet<string> = new Set(['action_started', 'action_progress', 'action_result']);

/** What stands in for a required field that is missing or of the wrong type. */
const stoodIn: Record<string, Fields> = {
  runner_state: { version: 'unknown', group: '' },
  action_result: { status: 'failed', exit_code: -1, duration_ms: 0 },
};

export function readRunnerFrame(text: string): Intake {
  const raw = parse(text);
  const malformed = { kind: 'malformed' as const, requestId: null, isResult: false, isState: false };
  if (!isFields(raw) || typeof raw.type !== 'string') return malformed;
  const { type } = raw;
  const schema = schemas[type];
  if (!runnerFrameTypes.has(type) || !schema) return { kind: 'ignored' };
  if (raw.protocol_version !== PROTOCOL_VERSION) return { kind: 'violation', because: 'protocol_version' };
  const requestId = typeof raw.request_id === 'string' && isRequestId(raw.request_id) ? raw.request_id : null;
  if (needRequestId.has(type) && requestId === null) return { kind: 'violation', because: 'request_id' };

  const decoded = schema.safeParse(raw);
  if (decoded.success) return { kind: 'frame', frame: decoded.data };
  const standIn = stoodIn[type];
  const mended = standIn ? schema.safeParse(mend(raw, decoded.error, standIn)) : null;
  if (mended?.success) return { kind: 'frame', frame: mended.data };
  return { ...malformed, requestId, isResult: type === 'action_result', isState: type === 'runner_state' };
}

function parse(text: string): unknown {
  try {
    // Only an advertisement and a result carry numbers that must keep their text (SPEC WP3).
    return /"(?:runner_state|action_result)"/.test(text) ? parseExact(text) : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Without the fields that are wrong: one bad pack costs that pack, one bad label the labels. */
function mend(raw: Fields, error: z.ZodError, standIn: Fields): Fields {
  const mended: Fields = { ...raw };
  for (const { path } of error.issues) {
    const [field, entry] = path.map(String);
    if (field === undefined) continue;
    const inner = mended[field];
    if (field === 'packs' && entry !== undefined && isFields(inner)) {
      mended[field] = Object.fromEntries(Object.entries(inner).filter(([key]) => key !== entry));
    } else if (Object.hasOwn(standIn, field)) mended[field] = standIn[field];
    else delete mended[field];
  }
  return mended;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
