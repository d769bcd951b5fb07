// Turning one JSON value into the value of a declared type; exact, and without looking at any bound.
import { posix } from 'node:path';
import type { ArgumentType } from './argument-spec.ts';
import type { ArgumentValue } from './arguments.ts';
import { int64Of, parseDecimal } from './decimal.ts';
import { formatGoDuration, parseGoDuration } from './duration.ts';
import { ExactNumber, type ExactJson } from './exact-json.ts';

/** The coerced value, or a reason such as `must be an integer`. */
export type Coercion = { readonly value: ArgumentValue } | { readonly reason: string };

const numericText = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const maxLiteralLength = 64;

/** Coerces `raw` to `type`. Null never fits. */
export function coerceArgument(type: ArgumentType, raw: ExactJson): Coercion {
  switch (type) {
    case 'string':
      return typeof raw === 'string' ? { value: raw } : { reason: 'must be a string' };
    case 'path':
      return typeof raw === 'string' ? coercePath(raw) : { reason: 'must be a path' };
    case 'integer':
      return coerceInteger(raw);
    case 'number':
      return coerceNumber(raw);
    case 'boolean':
      return typeof raw === 'boolean' ? { value: raw } : { reason: 'must be true or false' };
    case 'duration':
      return coerceDuration(raw);
    case 'string_array':
      return coerceStrings(raw);
    case 'integer_array':
      return coerceIntegers(raw);
  }
}

function coercePath(raw: string): Coercion {
  if (raw.includes('\0')) return { reason: 'must not hold a null character' };
  return { value: cleanPath(raw) };
}

/** `.`, `..` and `//` removed as far as the text alone allows; the empty path is `.`. */
export function cleanPath(path: string): string {
  const cleaned = posix.normalize(path);
  return cleaned.length > 1 && cleaned.endsWith('/') ? cleaned.slice(0, -1) : cleaned;
}

function coerceInteger(raw: ExactJson): Coercion {
  const whole = wholeNumber(raw);
  return whole === null ? { reason: 'must be an integer' } : { value: new ExactNumber(whole.toString()) };
}

function wholeNumber(raw: ExactJson): bigint | null {
  if (typeof raw === 'string' && !/^[+-]?\d{1,64}$/.test(raw)) return null;
  const text = literalOf(raw);
  const decimal = text === null ? null : parseDecimal(text);
  return decimal && int64Of(decimal);
}

function literalOf(raw: ExactJson): string | null {
  if (typeof raw === 'string') return raw;
  return raw instanceof ExactNumber ? raw.literal : null;
}

function coerceNumber(raw: ExactJson): Coercion {
  if (raw instanceof ExactNumber) {
    if (raw.literal.length > maxLiteralLength) return { reason: `must be at most ${maxLiteralLength} bytes` };
    return { value: raw };
  }
  if (typeof raw !== 'string' || raw.length > maxLiteralLength || !numericText.test(raw)) {
    return { reason: 'must be a number' };
  }
  const double = Number(raw);
  return Number.isFinite(double) ? { value: new ExactNumber(String(double)) } : { reason: 'must be finite' };
}

function coerceDuration(raw: ExactJson): Coercion {
  const durationNs = typeof raw === 'string' ? parseGoDuration(raw) : null;
  return durationNs === null
    ? { reason: 'must be a duration such as 5s or 1h30m' }
    : { value: formatGoDuration(durationNs) };
}

function coerceStrings(raw: ExactJson): Coercion {
  if (!Array.isArray(raw)) return { reason: 'must be a list of strings' };
  const entries = raw as readonly ExactJson[];
  const wrong = entries.findIndex((entry) => typeof entry !== 'string');
  return wrong < 0
    ? { value: entries as readonly string[] }
    : { reason: `element ${wrong}: must be a string` };
}

function coerceIntegers(raw: ExactJson): Coercion {
  if (!Array.isArray(raw)) return { reason: 'must be a list of integers' };
  const integers: ExactNumber[] = [];
  for (const [index, entry] of (raw as readonly ExactJson[]).entries()) {
    const whole = wholeNumber(entry);
    if (whole === null) return { reason: `element ${index}: must be an integer` };
    integers.push(new ExactNumber(whole.toString()));
  }
  return { value: integers };
}
