// JSON Schemas from zod, for the document of the operator API: what has a name is written once, as a component.
import { z } from 'zod';
import { Secret } from '../../protocol/api/route.ts';

export interface JsonSchema {
  $ref?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  [keyword: string]: unknown;
}

export interface SchemaBook {
  /** What a call answers. Ask for all of these before what calls take. */
  answered(schema: z.ZodType): JsonSchema;
  /** What a call takes: parts that are filled in when left out may be left out. */
  taken(schema: z.ZodType): JsonSchema;
  /** The same with nothing of it by reference, for parameters. */
  spelledOut(schema: z.ZodType): JsonSchema;
  /** Every named schema that was referred to, by name. */
  components(): Record<string, JsonSchema>;
}

type Names = z.core.$ZodRegistry<{ id: string }>;
type Direction = 'input' | 'output';

const COMPONENTS = '#/components/schemas/';
const DEFINITIONS = '#/$defs/';

/**
 * `nouns` hold the named schemas. `isExact`: answers may hold nothing else than what is declared, which tests
 * demand; clients are told that more may come.
 */
export function createSchemaBook(
  nouns: readonly Readonly<Record<string, unknown>>[],
  { isExact }: { isExact: boolean },
): SchemaBook {
  const names = namesOf(nouns);
  const known = new Map<string, JsonSchema>();
  const answered = new Set<string>();

  const nameIn = (direction: Direction, name: string): string => {
    if (direction === 'output' || !answered.has(name)) return name;
    const schema = nouns.map((noun) => noun[name]).find((one) => one instanceof z.ZodType);
    return schema && !isAlikeBothWays(schema, names) ? `${name}Wish` : name;
  };
  const convert = (schema: z.ZodType, direction: Direction): JsonSchema => {
    const { $defs = {}, ...rest } = toJsonSchema(schema, direction, names, isExact);
    const refer = referring((name) => COMPONENTS + nameIn(direction, name));
    for (const [name, definition] of Object.entries($defs as Record<string, JsonSchema>)) {
      known.set(nameIn(direction, name), refer(definition));
      if (direction === 'output') answered.add(name);
    }
    return refer(rest);
  };
  return {
    answered: (schema) => convert(schema, 'output'),
    taken: (schema) => convert(schema, 'input'),
    spelledOut: (schema) => toJsonSchema(schema, 'input', z.registry<{ id: string }>(), isExact),
    components: () => Object.fromEntries([...known].toSorted(([one], [other]) => (one < other ? -1 : 1))),
  };
}

function namesOf(nouns: readonly Readonly<Record<string, unknown>>[]): Names {
  const names: Names = z.registry<{ id: string }>();
  names.add(Secret, { id: 'Secret' });
  for (const [id, schema] of nouns.flatMap((noun) => Object.entries(noun)))
    if (schema instanceof z.ZodType && !names.has(schema)) names.add(schema, { id });
  return names;
}

function isAlikeBothWays(schema: z.ZodType, names: Names): boolean {
  const [input, output] = (['input', 'output'] as const).map((direction) =>
    JSON.stringify(toJsonSchema(schema, direction, names, false)),
  );
  return input === output;
}

function toJsonSchema(schema: z.ZodType, io: Direction, metadata: Names, isExact: boolean): JsonSchema {
  const { $schema: _dialect, ...converted } = z.toJSONSchema(schema, {
    io,
    metadata,
    override: ({ zodSchema, jsonSchema }) => shorten(zodSchema, jsonSchema, isExact),
  });
  return JSON.parse(JSON.stringify(converted)) as JsonSchema;
}

/** Leaves out what only repeats the type: bounds of a double, and the calendar as a regular expression. */
function shorten(zodSchema: z.core.$ZodType, schema: Record<string, unknown>, isExact: boolean): void {
  if (schema['format'] === 'date-time') delete schema['pattern'];
  if (schema['maximum'] === Number.MAX_SAFE_INTEGER) delete schema['maximum'];
  if (schema['minimum'] === Number.MIN_SAFE_INTEGER) delete schema['minimum'];
  if (zodSchema === Secret) schema['format'] = 'password';
  const isStrict = zodSchema instanceof z.ZodObject && zodSchema.def.catchall instanceof z.ZodNever;
  if (schema['additionalProperties'] === false && !isStrict && !isExact)
    delete schema['additionalProperties'];
}

/** A copy of a schema whose references lead where `to` says, without names of its own. */
function referring(to: (name: string) => string): (schema: JsonSchema) => JsonSchema {
  return ({ id: _id, $id: _uri, ...schema }) =>
    JSON.parse(JSON.stringify(schema), (key, value: unknown) =>
      key === '$ref' && typeof value === 'string' && value.startsWith(DEFINITIONS)
        ? to(value.slice(DEFINITIONS.length))
        : value,
    ) as JsonSchema;
}
