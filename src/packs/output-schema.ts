// Output schemas: the subset of JSON Schema Draft 2020-12 that an action may promise, compiled without any
// external load and with linear-time patterns.
import { Ajv2020 } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';
import { canonicalDecimal, parseDecimal, int64Of } from './decimal.ts';
import {
  encodeSorted,
  ExactNumber,
  isExactObject,
  plainWhereExact,
  type ExactJson,
  type ExactObject,
} from './exact-json.ts';
import { compilePattern, matchesAnywhere } from './pattern.ts';
import { utf8Length } from './text-rule.ts';

const maxBytes = 8192;
const maxDepth = 16;
const maxValues = 512;
const draft = 'https://json-schema.org/draft/2020-12/schema';
const forbidden = new Set([
  '$id',
  '$anchor',
  '$dynamicAnchor',
  '$dynamicRef',
  '$recursiveRef',
  '$vocabulary',
  'definitions',
  'contentEncoding',
  'contentMediaType',
  'contentSchema',
]);
// Keys whose members are names chosen by the author, not keywords.
const namedMembers = new Set([
  'properties',
  'patternProperties',
  '$defs',
  'dependentSchemas',
  'dependentRequired',
]);
const plainValues = new Set(['const', 'enum', 'default', 'examples']);

/** Says whether a decoded value fits the schema. */
export type OutputCheck = (value: ExactJson) => boolean;

/** What is wrong with an output schema, or null. */
export function outputSchemaFault(schema: ExactObject): string | null {
  if (schema['type'] !== 'object') return 'must have type: object at its root';
  const sizes = { values: 0 };
  const fault = keywordFault(schema, 1, sizes, 'schema', true);
  if (fault !== null) return fault;
  if (utf8Length(encodeSorted(schema)) > maxBytes) return `must be at most ${maxBytes} bytes`;
  try {
    compileOutputSchema(schema);
    return null;
  } catch {
    return 'must be valid JSON Schema (Draft 2020-12)';
  }
}

/** Compiles a schema that outputSchemaFault found in order; throws when it cannot be compiled. */
export function compileOutputSchema(schema: ExactObject): OutputCheck {
  const ajv = new Ajv2020({
    strict: false,
    validateFormats: true,
    allErrors: false,
    code: { regExp: linearPattern },
  });
  ajvFormats.default(ajv);
  const check = ajv.compile(plainSchema(schema));
  return (value) => check(plainSchema(value)) === true;
}

function plainSchema(value: ExactJson): Record<string, unknown> {
  return JSON.parse(JSON.stringify(plainWhereExact(value))) as Record<string, unknown>;
}

const linearPattern = Object.assign(
  (source: string) => {
    const pattern = compilePattern(source);
    if (!pattern) throw new Error('not an RE2 pattern');
    return { test: (text: string) => matchesAnywhere(pattern, text) };
  },
  { code: 'linearPattern' },
);

type Place = 'schema' | 'names' | 'value';

function keywordFault(
  value: ExactJson,
  depth: number,
  sizes: { values: number },
  place: Place,
  isRoot = false,
): string | null {
  sizes.values += 1;
  if (sizes.values > maxValues) return `must hold at most ${maxValues} values`;
  if (value instanceof ExactNumber) return numberFault(value);
  if (value === null || typeof value !== 'object') return null;
  if (depth > maxDepth) return `must be nested at most ${maxDepth} levels deep`;
  if (!isExactObject(value)) {
    return firstFault(value as readonly ExactJson[], (entry) => keywordFault(entry, depth + 1, sizes, place));
  }
  return firstFault(Object.entries(value), ([key, entry]) => {
    const fault = place === 'schema' ? oneKeywordFault(key, entry, isRoot) : null;
    return fault ?? keywordFault(entry, depth + 1, sizes, placeBelow(place, key));
  });
}

function firstFault<Entry>(entries: readonly Entry[], check: (entry: Entry) => string | null): string | null {
  for (const entry of entries) {
    const fault = check(entry);
    if (fault !== null) return fault;
  }
  return null;
}

function placeBelow(place: Place, key: string): Place {
  if (place === 'value') return 'value';
  if (place === 'names') return 'schema';
  if (namedMembers.has(key)) return 'names';
  return plainValues.has(key) ? 'value' : 'schema';
}

function oneKeywordFault(key: string, value: ExactJson, isRoot: boolean): string | null {
  if (forbidden.has(key)) return `must not use ${key}`;
  if (key === '$schema' && (!isRoot || value !== draft)) return 'may name only Draft 2020-12, at its root';
  if (key === '$ref' && (typeof value !== 'string' || !/^#\/\$defs\/[A-Za-z0-9._-]+$/.test(value))) {
    return 'may refer only to #/$defs/NAME';
  }
  if (key === 'multipleOf') {
    const decimal = value instanceof ExactNumber ? parseDecimal(value.literal) : null;
    const whole = decimal && int64Of(decimal);
    if (whole === null || whole <= 0n) return 'must have a positive integer as multipleOf';
  }
  return null;
}

function numberFault(number: ExactNumber): string | null {
  const exact = parseDecimal(number.literal);
  const double = Number(number.literal);
  const rounded = Number.isFinite(double) ? parseDecimal(String(double)) : null;
  if (exact && rounded && canonicalDecimal(exact) === canonicalDecimal(rounded)) return null;
  return 'may hold only numbers that a double holds exactly';
}
