// JSON whose number literals survive unchanged: argument bytes are relayed, never re-encoded through doubles.

export interface RawJson {
  readonly rawJSON: string;
}
interface ExactJsonApi {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): RawJson;
  isRawJSON(value: unknown): value is RawJson;
}
// TypeScript's library does not describe these yet; every Node that we support has them.
const exact = JSON as unknown as ExactJsonApi;

/**
 * Parses JSON, keeping each number whose text a double would not reproduce as a raw literal that
 * `JSON.stringify` writes back byte for byte (`891234567890123456`, `1e3`). Throws SyntaxError.
 */
export function parseExact(text: string): unknown {
  return exact.parse(text, (_key, value, context) =>
    typeof value === 'number' && context.source !== undefined && String(value) !== context.source
      ? exact.rawJSON(context.source)
      : value,
  );
}

/** The literal text of a number that `parseExact` gave, or null when the value is no number. */
export function numberLiteral(value: unknown): string | null {
  if (typeof value === 'number') return String(value);
  return exact.isRawJSON(value) ? value.rawJSON : null;
}

/** JSON text as a value that `JSON.stringify` embeds verbatim. The text must be valid JSON of a scalar. */
export function isRawNumber(value: unknown): value is RawJson {
  return exact.isRawJSON(value);
}

/** A number literal as a value that `JSON.stringify` writes verbatim. */
export function rawNumber(literal: string): unknown {
  return exact.rawJSON(literal);
}

/** The nearest number that a double holds; for counting and comparing, never for passing on. */
export function approximately(value: number | RawJson): number {
  return typeof value === 'number' ? value : Number(value.rawJSON);
}
