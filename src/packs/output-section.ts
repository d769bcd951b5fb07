// The `output` part of an action: how much is kept, how it is parsed, what is masked.
import { isExactObject, type ExactObject } from './exact-json.ts';
import { boundedBy } from './execution-section.ts';
import type { Fields } from './fields.ts';
import type { BoundedDefault } from './limits.ts';
import { outputSchemaFault } from './output-schema.ts';
import { decodeRedactionRules, type RedactionRule } from './redaction-rule.ts';

export interface ActionOutput {
  readonly parser: '' | 'text' | 'json';
  readonly parserRequired: boolean;
  /** JSON Schema (Draft 2020-12) that a successful run's stdout must fit. */
  readonly schema?: ExactObject;
  readonly maxStdoutBytes: BoundedDefault;
  readonly maxStderrBytes: BoundedDefault;
  readonly redact: readonly RedactionRule[];
}

const outputKeys = [
  'parser',
  'parser_required',
  'schema',
  'redact',
  'max_stdout_bytes',
  'max_stdout_bytes_min',
  'max_stdout_bytes_max',
  'max_stderr_bytes',
  'max_stderr_bytes_min',
  'max_stderr_bytes_max',
];

/** Reads `output`. Throws PackProblem. */
export function decodeOutput(action: Fields): ActionOutput {
  const fields = action.map('output', outputKeys);
  const parser = fields.optionalString('parser') ?? '';
  if (parser !== '' && parser !== 'text' && parser !== 'json') {
    throw fields.problem('parser', 'enum', 'must be text or json');
  }
  const parserRequired = fields.boolean('parser_required');
  const schema = decodeSchema(fields, parser === 'json' && parserRequired);
  return {
    parser,
    parserRequired,
    ...(schema && { schema }),
    maxStdoutBytes: byteCap(fields, 'max_stdout_bytes'),
    maxStderrBytes: byteCap(fields, 'max_stderr_bytes'),
    redact: decodeRedactionRules(fields, 'redact'),
  };
}

function decodeSchema(fields: Fields, isParsed: boolean): ExactObject | undefined {
  const schema = fields.value('schema');
  if (schema === undefined) return undefined;
  if (!isParsed) throw fields.problem('schema', 'schema', 'requires parser: json and parser_required: true');
  if (!isExactObject(schema)) throw fields.problem('schema', 'type', 'must be a mapping');
  const fault = outputSchemaFault(schema);
  if (fault !== null) throw fields.problem('schema', 'schema', fault);
  return schema;
}

function byteCap(fields: Fields, key: string): BoundedDefault {
  const value = fields.integer(key);
  if (value <= 0) throw fields.problem(key, 'range', 'must be above 0');
  return boundedBy(
    fields,
    key,
    value,
    fields.optionalInteger(`${key}_min`),
    fields.optionalInteger(`${key}_max`),
  );
}
