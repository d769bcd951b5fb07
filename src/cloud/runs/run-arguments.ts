// The arguments of a dispatch: read so that every number literal survives, checked against the trusted
// contract, and masked for eyes. The text made here is what travels; it is never encoded anew (SPEC WP3).
import { createHash } from 'node:crypto';
import { MAX_ARGS_BYTES } from '../../protocol/frames.ts';
import { Refusal } from '../../protocol/errors.ts';
import type { ArgumentSpec } from '../../packs/argument-spec.ts';
import { validateArguments } from '../../packs/arguments.ts';
import {
  decodeExactJson,
  ExactJsonError,
  ExactNumber,
  isExactObject,
  type ExactJson,
  type ExactObject,
} from '../../packs/exact-json.ts';

// The frame adds levels of its own; a runner takes 64 in all.
const MAX_ARGS_DEPTH = 60;
const MASK = '[REDACTED]';

export interface RunArguments {
  value: ExactObject;
  text: string;
  sha256: string;
}

/** `args` of the request body as they were written. Refuses `invalid_request`, `invalid_arguments`. */
export function readRunArguments(rawBody: string): RunArguments {
  const value = argsOf(rawBody);
  const text = JSON.stringify(value);
  if (Buffer.byteLength(text) > MAX_ARGS_BYTES) {
    throw new Refusal(
      'invalid_arguments',
      `Cannot dispatch: the arguments take more than ${MAX_ARGS_BYTES} bytes`,
    );
  }
  return { value, text, sha256: createHash('sha256').update(text).digest('hex') };
}

function argsOf(rawBody: string): ExactObject {
  try {
    const body = decodeExactJson(rawBody, { maxDepth: MAX_ARGS_DEPTH });
    const args = isExactObject(body) ? (body['args'] ?? {}) : {};
    if (isExactObject(args)) return args;
  } catch (error) {
    if (!(error instanceof ExactJsonError)) throw error;
    throw new Refusal('invalid_request', `Cannot read the request body: ${error.message}`);
  }
  throw new Refusal('invalid_request', 'Cannot read args in the request body: it must be an object', {
    field: 'args',
  });
}

/** What is wrong with the arguments, or null. Where a path leads is the host's to judge. */
export function argumentFault(
  specs: readonly ArgumentSpec[],
  args: RunArguments,
): { argument: string; sentence: string } | null {
  const answer = validateArguments(specs, args.value);
  return answer.ok ? null : { argument: answer.argument, sentence: answer.message };
}

/** JSON text for eyes: sensitive values masked, a number that a double would change shown as its literal. */
export function maskArguments(specs: readonly ArgumentSpec[], args: RunArguments): string {
  const hidden = new Set(specs.filter((spec) => spec.sensitive).map((spec) => spec.name));
  const shown = Object.entries(args.value).map(([name, value]) => [
    name,
    hidden.has(name) ? MASK : legible(value),
  ]);
  return JSON.stringify(Object.fromEntries(shown));
}

function legible(value: ExactJson): unknown {
  if (value instanceof ExactNumber) {
    const double = Number(value.literal);
    return String(double) === value.literal ? double : value.literal;
  }
  if (Array.isArray(value)) return value.map(legible);
  if (!isExactObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, legible(inner)]));
}
