// Arguments of an action as typed on a command line: `-a name=value`, or one JSON object. Numbers keep their digits.
import type { ArgumentType } from '../../protocol/descriptor.ts';
import { Refusal } from '../../protocol/errors.ts';
import { parseExact, rawNumber } from '../../protocol/exact-json.ts';
import { bounded } from '../../protocol/neutralise.ts';

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

/**
 * Reads `name=value` pairs. With the action's types each value is read as its type; without, numbers, true and
 * false are read as such and everything else is text. A list repeats its name, or is written with commas.
 * Refuses with `invalid_arguments`.
 */
export function argumentPairs(
  pairs: readonly string[],
  types: ReadonlyMap<string, ArgumentType> = new Map(),
): Record<string, unknown> {
  const args: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    if (equals < 1) throw invalid(`Cannot read the argument ${bounded(pair, 80)}: write name=value`);
    const name = pair.slice(0, equals);
    const value = valueOf(name, pair.slice(equals + 1), types.get(name));
    const before = args[name];
    if (before === undefined) args[name] = value;
    else if (Array.isArray(before) && Array.isArray(value))
      args[name] = [...(before as unknown[]), ...(value as unknown[])];
    else throw invalid(`Cannot use the argument ${bounded(name, 80)} twice: it takes one value`);
  }
  return { ...args };
}

/** One JSON object; refuses with `invalid_arguments` what is none. */
export function argumentsFromJson(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = parseExact(text);
  } catch {
    throw invalid('Cannot read --args-json: it is not valid JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid('Cannot read --args-json: it must be one JSON object');
  }
  return value as Record<string, unknown>;
}

function valueOf(name: string, text: string, type: ArgumentType | undefined): unknown {
  switch (type) {
    case 'string':
    case 'path':
    case 'duration':
      return text;
    case 'boolean':
      if (text === 'true' || text === 'false') return text === 'true';
      throw invalid(`Cannot use ${name}=${bounded(text, 80)}: it must be true or false`);
    case 'integer':
    case 'number':
      return numberOf(name, text);
    case 'string_array':
      return text === '' ? [] : text.split(',');
    case 'integer_array':
      return text === '' ? [] : text.split(',').map((part) => numberOf(name, part));
    case undefined:
      if (text === 'true' || text === 'false') return text === 'true';
      return NUMBER.test(text) ? rawNumber(text) : text;
  }
}

function numberOf(name: string, text: string): unknown {
  if (NUMBER.test(text)) return rawNumber(text);
  throw invalid(`Cannot use ${name}=${bounded(text, 80)}: it must be a number`);
}

function invalid(message: string): Refusal {
  return new Refusal('invalid_arguments', message);
}
