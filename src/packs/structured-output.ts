// A successful run's stdout as the typed value that its action promised.
import {
  decodeExactJson,
  encodeSorted,
  ExactJsonError,
  ExactNumber,
  isExactObject,
  type ExactJson,
  type ExactObject,
} from './exact-json.ts';
import type { OutputCheck } from './output-schema.ts';

export type OutputFault =
  | 'output_truncated'
  | 'output_too_large'
  | 'output_too_complex'
  | 'output_invalid_json'
  | 'output_schema_mismatch';
export type StructuredOutput =
  | { readonly ok: true; readonly value: ExactObject; readonly encoded: string }
  | { readonly ok: false; readonly reason: OutputFault };

const maxBytes = 8192;
const maxDepth = 16;
const maxValues = 1024;

/**
 * Decodes the redacted stdout; `check` comes from compileOutputSchema. `encoded` is compact with sorted keys.
 */
export function decodeStructuredOutput(
  stdout: Uint8Array,
  check: OutputCheck,
  isTruncated: boolean,
): StructuredOutput {
  if (isTruncated) return refuse('output_truncated');
  if (stdout.byteLength > maxBytes) return refuse('output_too_large');
  let value: ExactJson;
  try {
    value = decodeExactJson(stdout, { maxDepth, maxValues });
  } catch (error) {
    if (!(error instanceof ExactJsonError)) throw error;
    return refuse(
      error.fault === 'depth' || error.fault === 'values' ? 'output_too_complex' : 'output_invalid_json',
    );
  }
  if (!isExactObject(value)) return refuse('output_invalid_json');
  if (holdsMonstrousNumber(value)) return refuse('output_too_complex');
  if (!check(value)) return refuse('output_schema_mismatch');
  const encoded = encodeSorted(value);
  return Buffer.byteLength(encoded) > maxBytes ? refuse('output_too_large') : { ok: true, value, encoded };
}

// Numbers are short and of a bounded exponent, so that no reader has to write out a billion digits.
function holdsMonstrousNumber(value: ExactJson): boolean {
  if (value instanceof ExactNumber) return value.literal.length > 64 || /e[+-]?\d{4,}$/i.test(value.literal);
  if (value === null || typeof value !== 'object') return false;
  return Object.values(value as Record<string, ExactJson>).some(holdsMonstrousNumber);
}

function refuse(reason: OutputFault): StructuredOutput {
  return { ok: false, reason };
}
