// Bytes from the control plane → one typed frame, or why they are dropped. What a frame causes is session.ts.
import { ExactJsonError, decodeExactMembers } from '../../packs/exact-json.ts';
import { tryDecode } from '../../protocol/decode.ts';
import { parseExact } from '../../protocol/exact-json.ts';
import { CloudFrame, MAX_ARGS_BYTES, MAX_ATTESTATION_BYTES, cloudFrameTypes } from '../../protocol/frames.ts';
import { bounded } from '../../protocol/neutralise.ts';
import { PROTOCOL_VERSION } from '../../protocol/version.ts';

export type ReadFrame =
  /** `argsText` is the arguments of a dispatch exactly as they came; '' in every other frame. */
  | { readonly kind: 'frame'; readonly frame: CloudFrame; readonly argsText: string }
  | { readonly kind: 'ignored' }
  /** Logged and dropped; the session goes on. */
  | { readonly kind: 'bad'; readonly because: string }
  /** The other side speaks another protocol: the session ends (SPEC WP1). */
  | { readonly kind: 'foreign'; readonly because: string };

/** Reads one text frame strictly: no duplicate keys, at most 64 levels, whole surrogates, known fields typed. */
export function readCloudFrame(text: string): ReadFrame {
  let value: unknown;
  let texts: ReadonlyMap<string, string>;
  try {
    // Two readers: the first refuses what JSON.parse would quietly resolve, the second keeps number literals.
    ({ texts } = decodeExactMembers(text));
    value = parseExact(text);
  } catch (error) {
    return { kind: 'bad', because: error instanceof ExactJsonError ? error.message : 'not valid JSON' };
  }
  if (!isObject(value) || typeof value['type'] !== 'string')
    return { kind: 'bad', because: 'it has no type' };
  if (!cloudFrameTypes.has(value['type'])) return { kind: 'ignored' };
  if (value['protocol_version'] !== PROTOCOL_VERSION) {
    return { kind: 'foreign', because: 'the control plane speaks another protocol version' };
  }
  const decoded = tryDecode(CloudFrame, value);
  if (!decoded.ok) return { kind: 'bad', because: `${decoded.path}: ${decoded.because}` };
  return decoded.value.type === 'run_action'
    ? checkRunAction(value, decoded.value, texts)
    : { kind: 'frame', frame: decoded.value, argsText: '' };
}

const runActionKeys = [
  ...[
    'type',
    'protocol_version',
    'request_id',
    'action_id',
    'args',
    'expected_pack_hash',
    'pack_ref',
    'opts',
  ],
  ...['reason', 'operation_id', 'attestation'],
];
const optionKeys = ['timeout', 'max_stdout_bytes', 'max_stderr_bytes'];
const attestationKeys = [
  ...['version', 'tool', 'portal_origin', 'action_id', 'pack_ref', 'args_sha256', 'runner_refs', 'reason'],
  ...['evidence_sha256', 'expected_sha256', 'operation_id', 'sig', 'nonce', 'issued_at', 'cert'],
];

const certificateKeys = [
  ...['ca_id', 'key_id', 'public_key', 'valid_from', 'valid_until', 'scope', 'serial', 'sig'],
];
const scopeKeys = ['group', 'labels'];

function checkRunAction(
  raw: Record<string, unknown>,
  frame: CloudFrame,
  texts: ReadonlyMap<string, string>,
): ReadFrame {
  const certificate = memberOf(raw['attestation'], 'cert');
  const twin =
    lookalike(raw, runActionKeys) ??
    lookalike(raw['opts'], optionKeys) ??
    lookalike(raw['attestation'], attestationKeys) ??
    lookalike(certificate, certificateKeys) ??
    lookalike(memberOf(certificate, 'scope'), scopeKeys);
  if (twin !== null)
    return { kind: 'bad', because: `the field ${bounded(twin, 80)} differs from a known one in case` };
  const argsText = texts.get('args') ?? '';
  for (const [name, limit] of largestMembers) {
    if (Buffer.byteLength(texts.get(name) ?? '') > limit)
      return { kind: 'bad', because: `${name} is larger than ${limit} bytes` };
  }
  return { kind: 'frame', frame, argsText };
}

const largestMembers = [
  ['args', MAX_ARGS_BYTES],
  ['attestation', MAX_ATTESTATION_BYTES],
] as const;

function memberOf(value: unknown, key: string): unknown {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

// A reader that ignores case would see another value than we do: such a frame is not to be trusted.
function lookalike(value: unknown, known: readonly string[]): string | null {
  if (!isObject(value)) return null;
  for (const key of Object.keys(value)) {
    if (!known.includes(key) && known.includes(key.toLowerCase())) return key;
  }
  return null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
