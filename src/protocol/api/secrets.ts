// Which parts of an answer are secret, and the answer without them.
import { z } from 'zod';
import { Secret } from './route.ts';

/** True when an answer of this schema shows a secret. */
export function holdsSecrets(schema: z.ZodType): boolean {
  return schema === Secret || partsOf(schema).some(([, part]) => holdsSecrets(part));
}

/** The same answer with its secrets left out. */
export function withoutSecrets(schema: z.ZodType, answer: unknown): unknown {
  if (schema === Secret) return undefined;
  if (answer === null || answer === undefined) return answer;
  if (schema instanceof z.ZodObject) {
    const given = answer as Record<string, unknown>;
    const kept = partsOf(schema).map(([name, part]) => [name, withoutSecrets(part, given[name])] as const);
    return Object.fromEntries(kept);
  }
  const [inner] = partsOf(schema);
  if (!inner) return answer;
  const [, part] = inner;
  return Array.isArray(answer)
    ? answer.map((one) => withoutSecrets(part, one))
    : withoutSecrets(part, answer);
}

function partsOf(schema: z.ZodType): [name: string, part: z.ZodType][] {
  if (schema instanceof z.ZodObject) return Object.entries(schema.shape as Record<string, z.ZodType>);
  if (schema instanceof z.ZodArray) return [['', schema.element as z.ZodType]];
  if (schema instanceof z.ZodNullable || schema instanceof z.ZodOptional)
    return [['', schema.unwrap() as z.ZodType]];
  return [];
}
