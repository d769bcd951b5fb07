// What an action declares about one argument, and the rules that such a declaration must keep.
import { parseDecimal, compareDecimals, int64Of } from './decimal.ts';
import type { ExactJson, ExactNumber } from './exact-json.ts';
import { Fields } from './fields.ts';
import { compilePattern, type Pattern } from './pattern.ts';
import { isPlainName } from './text-rule.ts';

export const argumentTypes = [
  'string',
  'integer',
  'number',
  'boolean',
  'duration',
  'path',
  'string_array',
  'integer_array',
] as const;
export type ArgumentType = (typeof argumentTypes)[number];

export interface ArgumentSpec {
  readonly name: string;
  readonly type: ArgumentType;
  readonly required: boolean;
  readonly sensitive: boolean;
  readonly default?: ExactJson;
  readonly description?: string;
  readonly validation: ArgumentValidation;
  /** Whether the file has a `validation` key: a descriptor shows the key only then. */
  readonly hasValidation: boolean;
}

export interface ArgumentValidation {
  readonly enum?: readonly ExactJson[];
  readonly allowed?: readonly ExactJson[];
  readonly pattern?: string;
  readonly compiledPattern?: Pattern;
  readonly min?: ExactNumber;
  readonly max?: ExactNumber;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly minDurationNs?: bigint;
  readonly maxDurationNs?: bigint;
  readonly allowedPaths?: readonly string[];
  readonly deniedPaths?: readonly string[];
  readonly allowedPrefixes?: readonly string[];
  readonly deniedPrefixes?: readonly string[];
}

const validationKeys = [
  'enum',
  'allowed',
  'pattern',
  'min',
  'max',
  'max_length',
  'max_items',
  'min_duration',
  'max_duration',
  'allowed_paths',
  'denied_paths',
  'allowed_prefixes',
  'denied_prefixes',
];
const argumentKeys = ['name', 'type', 'required', 'sensitive', 'default', 'description', 'validation'];
const pathTypes: readonly ArgumentType[] = ['string', 'path', 'string_array'];
const everyTypeButDuration = argumentTypes.filter((type) => type !== 'duration');

const allowedOn: Record<string, readonly ArgumentType[]> = {
  enum: everyTypeButDuration,
  allowed: everyTypeButDuration,
  pattern: ['string', 'path'],
  min: ['integer', 'number', 'integer_array'],
  max: ['integer', 'number', 'integer_array'],
  max_length: pathTypes,
  max_items: ['string_array', 'integer_array'],
  min_duration: ['duration'],
  max_duration: ['duration'],
  allowed_paths: pathTypes,
  denied_paths: pathTypes,
  allowed_prefixes: pathTypes,
  denied_prefixes: pathTypes,
};

/**
 * Reads the `args` list of an action; candidates and defaults are checked by the caller. Throws PackProblem.
 */
export function decodeArgumentSpecs(action: Fields): ArgumentSpec[] {
  const specs = action.maps('args', argumentKeys).map(decodeArgumentSpec);
  specs.forEach((spec, index) => {
    if (specs.findIndex((other) => other.name === spec.name) !== index) {
      throw action.problem(`args[${index}].name`, 'unique', `the argument ${spec.name} is declared twice`);
    }
  });
  return specs;
}

function decodeArgumentSpec(fields: Fields): ArgumentSpec {
  const name = fields.string('name');
  if (name.length > 128 || !isPlainName(name)) {
    throw fields.problem('name', 'name', 'must be letters, digits and underscores, at most 128 bytes');
  }
  const type = fields.choice('type', argumentTypes);
  const required = fields.boolean('required');
  const fallback = fields.value('default');
  if (required && fallback !== undefined) {
    throw fields.problem('default', 'default', 'a required argument has no default');
  }
  const description = fields.optionalString('description');
  return {
    name,
    type,
    required,
    sensitive: fields.boolean('sensitive'),
    ...(fallback === undefined ? {} : { default: fallback }),
    ...(description === undefined ? {} : { description }),
    validation: decodeValidation(fields, type),
    hasValidation: fields.has('validation'),
  };
}

function decodeValidation(argument: Fields, type: ArgumentType): ArgumentValidation {
  const fields = argument.optionalMap('validation', validationKeys);
  if (!fields) return {};
  for (const key of validationKeys) {
    if (fields.has(key) && !allowedOn[key]?.includes(type)) {
      throw fields.problem(key, 'applicable', `does not apply to the type ${type}`);
    }
  }
  return {
    ...candidates(fields),
    ...pattern(fields),
    ...numberBounds(fields, type),
    ...sizeBounds(fields),
    ...durationBounds(fields),
    ...pathList(fields, 'allowed_paths', 'allowedPaths'),
    ...pathList(fields, 'denied_paths', 'deniedPaths'),
    ...pathList(fields, 'allowed_prefixes', 'allowedPrefixes'),
    ...pathList(fields, 'denied_prefixes', 'deniedPrefixes'),
  };
}

function candidates(fields: Fields): Pick<ArgumentValidation, 'enum' | 'allowed'> {
  const enumerated = fields.list('enum');
  const allowed = fields.list('allowed');
  if (enumerated.length > 0 && allowed.length > 0) {
    throw fields.problem('allowed', 'exclusive', 'cannot stand beside enum');
  }
  return { ...(enumerated.length > 0 && { enum: enumerated }), ...(allowed.length > 0 && { allowed }) };
}

function pattern(fields: Fields): Pick<ArgumentValidation, 'pattern' | 'compiledPattern'> {
  const source = fields.optionalString('pattern');
  if (source === undefined || source === '') return {};
  const compiled = compilePattern(source);
  if (!compiled) throw fields.problem('pattern', 'pattern', 'must be a regular expression in RE2 syntax');
  return { pattern: source, compiledPattern: compiled };
}

function numberBounds(fields: Fields, type: ArgumentType): Pick<ArgumentValidation, 'min' | 'max'> {
  const min = numberBound(fields, 'min', type);
  const max = numberBound(fields, 'max', type);
  const low = min && parseDecimal(min.literal);
  const high = max && parseDecimal(max.literal);
  if (low && high && compareDecimals(low, high) > 0)
    throw fields.problem('min', 'range', 'must not exceed max');
  return { ...(min && { min }), ...(max && { max }) };
}

function numberBound(fields: Fields, key: 'min' | 'max', type: ArgumentType): ExactNumber | undefined {
  const bound = fields.number(key);
  if (!bound) return undefined;
  const decimal = parseDecimal(bound.literal);
  if (!decimal || !Number.isFinite(Number(bound.literal)))
    throw fields.problem(key, 'range', 'must be finite');
  if (type === 'number') return bound;
  const whole = int64Of(decimal);
  if (whole === null || !Number.isSafeInteger(Number(whole))) {
    throw fields.problem(key, 'range', 'must be an integer of magnitude below 2^53');
  }
  return bound;
}

function sizeBounds(fields: Fields): Pick<ArgumentValidation, 'maxLength' | 'maxItems'> {
  const maxLength = fields.optionalInteger('max_length');
  const maxItems = fields.optionalInteger('max_items');
  if (maxLength !== undefined && maxLength <= 0)
    throw fields.problem('max_length', 'range', 'must be above 0');
  if (maxItems !== undefined && maxItems < 0)
    throw fields.problem('max_items', 'range', 'must not be negative');
  return { ...(maxLength !== undefined && { maxLength }), ...(maxItems !== undefined && { maxItems }) };
}

function durationBounds(fields: Fields): Pick<ArgumentValidation, 'minDurationNs' | 'maxDurationNs'> {
  const minDurationNs = fields.duration('min_duration');
  const maxDurationNs = fields.duration('max_duration');
  if (minDurationNs !== undefined && maxDurationNs !== undefined && minDurationNs > maxDurationNs) {
    throw fields.problem('min_duration', 'range', 'must not exceed max_duration');
  }
  return {
    ...(minDurationNs !== undefined && { minDurationNs }),
    ...(maxDurationNs !== undefined && { maxDurationNs }),
  };
}

function pathList<Name extends string>(
  fields: Fields,
  key: string,
  name: Name,
): { [key in Name]?: string[] } {
  const paths = fields.strings(key);
  if (paths.some((path) => path === '')) throw fields.problem(key, 'path', 'must not hold an empty path');
  return paths.length === 0 ? {} : ({ [name]: paths } as { [key in Name]?: string[] });
}
