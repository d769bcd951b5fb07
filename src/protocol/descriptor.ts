// An action as a runner advertises it: what an operator sees, fills in and trusts. How it is derived
// from a pack's files is the packs' business; how it is judged is pack-trust.ts.
import { z } from 'zod';
import { Risk } from './risk.ts';

const text = (limit: number) => z.string().max(limit);

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
export const ArgumentType = z.enum(argumentTypes);
export type ArgumentType = z.infer<typeof ArgumentType>;

/** Rules of one argument as they travel; numbers may be raw literals, so they stay unknown here. */
export const ArgumentValidation = z.looseObject({
  enum: z.array(z.unknown()).optional(),
  allowed: z.array(z.unknown()).optional(),
  pattern: z.string().optional(),
  min: z.unknown().optional(),
  max: z.unknown().optional(),
  max_length: z.number().optional(),
  max_items: z.number().optional(),
  min_duration: z.string().optional(),
  max_duration: z.string().optional(),
  allowed_paths: z.array(z.string()).optional(),
  denied_paths: z.array(z.string()).optional(),
  allowed_prefixes: z.array(z.string()).optional(),
  denied_prefixes: z.array(z.string()).optional(),
});
export type ArgumentValidation = z.infer<typeof ArgumentValidation>;

export const ArgumentDescriptor = z.looseObject({
  name: text(128),
  type: ArgumentType,
  required: z.boolean(),
  sensitive: z.boolean().optional(),
  default: z.unknown().optional(),
  description: text(4096).optional(),
  validation: ArgumentValidation.optional(),
});
export type ArgumentDescriptor = z.infer<typeof ArgumentDescriptor>;

/** Wire form (wire protocol 7.1); limits in integer nanoseconds. */
export const ActionDescriptor = z.looseObject({
  id: z.string().min(1).max(128),
  title: text(255),
  summary: text(512),
  description: text(4096),
  kind: z.enum(['exec', 'script']),
  risk: Risk,
  side_effects: z.array(text(1024)).max(64),
  args: z.array(ArgumentDescriptor).max(256),
  examples: z.array(z.looseObject({ title: text(160), args: z.record(z.string(), z.unknown()) })).max(16),
  search_terms: z.array(text(80)).max(16),
  output_schema: z.record(z.string(), z.unknown()).optional(),
  pack_id: z.string().min(1).max(128),
  primary_executable_available: z.boolean(),
  missing_executable: text(255).optional(),
  limits: z.looseObject({
    default_timeout: z.number(),
    timeout_min: z.number().optional(),
    timeout_max: z.number().optional(),
  }),
  output: z.looseObject({
    parser: z.string().optional(),
    parser_required: z.boolean().optional(),
    max_stdout_bytes: z.number(),
    max_stdout_bytes_min: z.number().optional(),
    max_stdout_bytes_max: z.number().optional(),
    max_stderr_bytes: z.number(),
    max_stderr_bytes_min: z.number().optional(),
    max_stderr_bytes_max: z.number().optional(),
  }),
});
export type ActionDescriptor = z.infer<typeof ActionDescriptor>;

/**
 * The part that trust is about: everything but what only tells this host's state. Two runners that
 * advertise one hash must agree on it, and a dispatch is refused when it differs from what was trusted.
 */
export function contractOf(
  descriptor: ActionDescriptor,
): Omit<ActionDescriptor, 'primary_executable_available' | 'missing_executable'> {
  const { primary_executable_available: _available, missing_executable: _missing, ...contract } = descriptor;
  return contract;
}

/** JSON with object keys in one order, so that equal contracts are equal text. */
export function canonicalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`;
  if (value !== null && typeof value === 'object' && !('rawJSON' in value)) {
    const entries = Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonicalText(inner)}`).join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}
