// JSON whose numbers keep the text they were written with. Reading is strict: no duplicate keys, no broken
// surrogates, bounded depth and number of values.
import { canonicalDecimal, parseDecimal } from './decimal.ts';

declare global {
  interface JSON {
    rawJSON(text: string): unknown;
  }
}

/** A JSON number as it was spelled; `JSON.stringify` writes the same characters again. */
export class ExactNumber {
  readonly literal: string;

  constructor(literal: string) {
    this.literal = literal;
  }

  toJSON(): unknown {
    return JSON.rawJSON(this.literal);
  }

  toString(): string {
    return this.literal;
  }
}

export type ExactJson = null | boolean | string | ExactNumber | readonly ExactJson[] | ExactObject;
/** Objects have no prototype, so a key such as `__proto__` is a key like any other. */
export interface ExactObject {
  readonly [key: string]: ExactJson;
}

export type ExactJsonFault = 'syntax' | 'duplicate_key' | 'surrogate' | 'depth' | 'values' | 'utf8';

/** Why a text is not acceptable JSON; `fault` tells the kind apart. */
export class ExactJsonError extends Error {
  readonly fault: ExactJsonFault;

  constructor(fault: ExactJsonFault, sentence: string) {
    super(sentence);
    this.name = 'ExactJsonError';
    this.fault = fault;
  }
}

export interface ExactJsonBounds {
  /** Deepest nesting of objects and arrays; 64 when not given. */
  readonly maxDepth?: number;
  /** Objects, arrays and scalars together; unbounded when not given. */
  readonly maxValues?: number;
}

/** Reads one JSON value; throws ExactJsonError and nothing else. Bytes must be valid UTF-8. */
export function decodeExactJson(source: string | Uint8Array, bounds: ExactJsonBounds = {}): ExactJson {
  return new ExactReader(typeof source === 'string' ? source : decodeUtf8(source), bounds).readAll();
}

/** The same, with the text of each member of the outermost object exactly as it stood. */
export function decodeExactMembers(source: string): {
  readonly value: ExactJson;
  readonly texts: ReadonlyMap<string, string>;
} {
  const reader = new ExactReader(source, {});
  return { value: reader.readAll(), texts: reader.memberTexts };
}

/** True for an object (not an array, number or null). */
export function isExactObject(value: ExactJson | undefined): value is ExactObject {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber)
  );
}

/** Compact JSON with sorted keys, numbers as they were spelled. */
export function encodeSorted(value: unknown): string {
  return JSON.stringify(sortKeys(value, (number) => number));
}

/**
 * One text for each value: keys sorted, and numbers by value, so that `1e3`, `1000` and 1000 are the same.
 */
export function canonicalText(value: unknown): string {
  return JSON.stringify(sortKeys(value, canonicalNumber));
}

function canonicalNumber(number: ExactNumber): unknown {
  const decimal = parseDecimal(number.literal);
  return decimal ? JSON.rawJSON(canonicalDecimal(decimal)) : number;
}

function sortKeys(value: unknown, spell: (number: ExactNumber) => unknown): unknown {
  if (typeof value === 'number') return spell(new ExactNumber(String(value)));
  if (value instanceof ExactNumber) return spell(value);
  if (Array.isArray(value)) return value.map((entry) => sortKeys(entry, spell));
  if (typeof value !== 'object' || value === null) return value;
  const sorted: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [key, entry] of Object.entries(value).toSorted(([a], [b]) => compareText(a, b))) {
    if (entry !== undefined) sorted[key] = sortKeys(entry, spell);
  }
  return sorted;
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Plain numbers where a double holds the very value, exact numbers elsewhere. */
export function plainWhereExact(value: ExactJson): unknown {
  if (value instanceof ExactNumber) return plainNumber(value);
  if (Array.isArray(value)) return value.map(plainWhereExact);
  if (!isExactObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plainWhereExact(entry)]));
}

/** Plain JSON (as JSON.parse gives it) as exact values; what is not JSON becomes null. */
export function exactFromPlain(value: unknown): ExactJson {
  if (typeof value === 'number') return Number.isFinite(value) ? new ExactNumber(String(value)) : null;
  if (typeof value === 'string' || typeof value === 'boolean' || value instanceof ExactNumber) return value;
  if (Array.isArray(value)) return value.map(exactFromPlain);
  if (typeof value !== 'object' || value === null) return null;
  const object: Record<string, ExactJson> = Object.create(null) as Record<string, ExactJson>;
  for (const [key, entry] of Object.entries(value)) object[key] = exactFromPlain(entry);
  return object;
}

function plainNumber(number: ExactNumber): number | ExactNumber {
  const double = Number(number.literal);
  const exact = parseDecimal(number.literal);
  const rounded = Number.isFinite(double) ? parseDecimal(String(double)) : null;
  if (!exact || !rounded) return number;
  return canonicalDecimal(exact) === canonicalDecimal(rounded) ? double : number;
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new ExactJsonError('utf8', 'the text is not valid UTF-8');
  }
}

const numberToken = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const stringToken = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const blankToken = /[ \t\n\r]*/y;

class ExactReader {
  readonly memberTexts = new Map<string, string>();
  #at = 0;
  #values = 0;
  readonly #text: string;
  readonly #maxDepth: number;
  readonly #maxValues: number;

  constructor(text: string, bounds: ExactJsonBounds) {
    this.#text = text;
    this.#maxDepth = bounds.maxDepth ?? 64;
    this.#maxValues = bounds.maxValues ?? Number.POSITIVE_INFINITY;
  }

  readAll(): ExactJson {
    const value = this.#readValue(0);
    this.#skipBlanks();
    if (this.#at < this.#text.length) throw this.#syntax();
    return value;
  }

  #readValue(depth: number): ExactJson {
    this.#skipBlanks();
    this.#values += 1;
    if (this.#values > this.#maxValues)
      throw new ExactJsonError('values', `more than ${this.#maxValues} values`);
    switch (this.#text[this.#at]) {
      case '{':
        return this.#readObject(this.#deeper(depth));
      case '[':
        return this.#readArray(this.#deeper(depth));
      case '"':
        return this.#readString();
      case 't':
        return this.#readWord('true', true);
      case 'f':
        return this.#readWord('false', false);
      case 'n':
        return this.#readWord('null', null);
      default:
        return new ExactNumber(this.#take(numberToken));
    }
  }

  #deeper(depth: number): number {
    if (depth >= this.#maxDepth)
      throw new ExactJsonError('depth', `nested deeper than ${this.#maxDepth} levels`);
    return depth + 1;
  }

  #readObject(depth: number): ExactObject {
    const object: Record<string, ExactJson> = Object.create(null) as Record<string, ExactJson>;
    this.#at += 1;
    if (this.#accept('}')) return object;
    do {
      this.#skipBlanks();
      const key = this.#readString();
      if (Object.hasOwn(object, key))
        throw new ExactJsonError('duplicate_key', 'an object has the same key twice');
      if (!this.#accept(':')) throw this.#syntax();
      this.#skipBlanks();
      const start = this.#at;
      object[key] = this.#readValue(depth);
      if (depth === 1) this.memberTexts.set(key, this.#text.slice(start, this.#at));
    } while (this.#accept(','));
    if (!this.#accept('}')) throw this.#syntax();
    return object;
  }

  #readArray(depth: number): ExactJson[] {
    const entries: ExactJson[] = [];
    this.#at += 1;
    if (this.#accept(']')) return entries;
    do entries.push(this.#readValue(depth));
    while (this.#accept(','));
    if (!this.#accept(']')) throw this.#syntax();
    return entries;
  }

  #readString(): string {
    const text = JSON.parse(this.#take(stringToken)) as string;
    if (!text.isWellFormed())
      throw new ExactJsonError('surrogate', 'a string holds half of a surrogate pair');
    return text;
  }

  #readWord<Value>(word: string, value: Value): Value {
    if (!this.#text.startsWith(word, this.#at)) throw this.#syntax();
    this.#at += word.length;
    return value;
  }

  #accept(sign: string): boolean {
    this.#skipBlanks();
    if (this.#text[this.#at] !== sign) return false;
    this.#at += 1;
    return true;
  }

  #skipBlanks(): void {
    blankToken.lastIndex = this.#at;
    blankToken.exec(this.#text);
    this.#at = blankToken.lastIndex;
  }

  #take(token: RegExp): string {
    token.lastIndex = this.#at;
    const match = token.exec(this.#text);
    if (!match) throw this.#syntax();
    this.#at = token.lastIndex;
    return match[0];
  }

  #syntax(): ExactJsonError {
    return new ExactJsonError('syntax', `not valid JSON at character ${this.#at}`);
  }
}
