// From unknown to a typed value at the border, or a sentence that names the field and the rule.
import type { z } from 'zod';
import { Refusal, type RefusalCode } from './errors.ts';
import { bounded } from './neutralise.ts';

export type Decoded<Value> = { ok: true; value: Value } | { ok: false; path: string; because: string };

/** Checks `input` against `schema`; on failure names the first field that is wrong, `args.depth` style. */
export function tryDecode<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
): Decoded<z.output<Schema>> {
  const result = schema.safeParse(input);
  if (result.success) return { ok: true, value: result.data };
  const issue = result.error.issues[0];
  const path = (issue?.path ?? []).map(String).join('.');
  return { ok: false, path: bounded(path, 120), because: bounded(issue?.message ?? 'is not valid', 300) };
}

/** The same, throwing a Refusal. `where` says what was read, such as "the request body". */
export function decode<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  where: string,
  code: RefusalCode = 'invalid_request',
): z.output<Schema> {
  const decoded = tryDecode(schema, input);
  if (decoded.ok) return decoded.value;
  const field = decoded.path === '' ? where : `${decoded.path} in ${where}`;
  throw new Refusal(code, `Cannot read ${field}: ${decoded.because}`, { field: decoded.path });
}
