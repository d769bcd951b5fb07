// Strict reading of the mappings in a pack file: unknown keys are refused at every level, and every fault
// names the file, the path of the field and the rule.
import { parseDecimal, int64Of } from './decimal.ts';
import { parsePackDuration } from './duration.ts';
import { ExactNumber, isExactObject, type ExactJson, type ExactObject } from './exact-json.ts';
import { PackProblem } from './pack-problem.ts';
import { textFault } from './text-rule.ts';
import { printableKey } from './yaml-document.ts';

/** One mapping being read. A key with a null value counts as absent. */
export class Fields {
  readonly file: string;
  readonly path: string;
  readonly #object: ExactObject;

  constructor(value: ExactJson, file: string, path: string, known: readonly string[]) {
    this.file = file;
    this.path = path;
    if (!isExactObject(value)) throw new PackProblem(file, path, 'type', 'must be a mapping');
    this.#object = value;
    for (const key of Object.keys(value)) {
      if (!known.includes(key)) throw this.problem(printableKey(key), 'unknown_key', 'is not a known key');
    }
  }

  problem(key: string, rule: string, sentence: string): PackProblem {
    return new PackProblem(this.file, this.at(key), rule, sentence);
  }

  at(key: string): string {
    return this.path === '' ? key : `${this.path}.${key}`;
  }

  has(key: string): boolean {
    return this.value(key) !== undefined;
  }

  value(key: string): ExactJson | undefined {
    const value = Object.hasOwn(this.#object, key) ? this.#object[key] : undefined;
    return value === null ? undefined : value;
  }

  required(key: string): ExactJson {
    const value = this.value(key);
    if (value === undefined) throw this.problem(key, 'required', 'is required');
    return value;
  }

  schemaVersion(): 1 {
    if (this.integer('schema_version') !== 1)
      throw this.problem('schema_version', 'schema_version', 'must be 1');
    return 1;
  }

  string(key: string): string {
    const value = this.required(key);
    if (typeof value !== 'string') throw this.problem(key, 'type', 'must be a string');
    if (value === '') throw this.problem(key, 'required', 'must not be empty');
    return value;
  }

  optionalString(key: string): string | undefined {
    const value = this.value(key);
    if (value === undefined) return undefined;
    if (typeof value !== 'string') throw this.problem(key, 'type', 'must be a string');
    return value;
  }

  /** Human text under the text rule, as written (not collapsed). */
  text(key: string, maxBytes: number): string {
    const text = this.string(key);
    const fault = textFault(text, maxBytes);
    if (fault !== null) throw this.problem(key, 'text', fault);
    return text;
  }

  choice<Choice extends string>(key: string, choices: readonly Choice[]): Choice {
    const text = this.string(key);
    const choice = choices.find((candidate) => candidate === text);
    if (choice === undefined) throw this.problem(key, 'enum', `must be one of ${choices.join(', ')}`);
    return choice;
  }

  boolean(key: string): boolean {
    const value = this.value(key);
    if (value === undefined) return false;
    if (typeof value !== 'boolean') throw this.problem(key, 'type', 'must be true or false');
    return value;
  }

  integer(key: string): number {
    return this.#toInteger(this.required(key), key);
  }

  optionalInteger(key: string): number | undefined {
    const value = this.value(key);
    return value === undefined ? undefined : this.#toInteger(value, key);
  }

  #toInteger(value: ExactJson, key: string): number {
    const decimal = value instanceof ExactNumber ? parseDecimal(value.literal) : null;
    const whole = decimal && int64Of(decimal);
    if (whole === null || !Number.isSafeInteger(Number(whole)))
      throw this.problem(key, 'type', 'must be an integer');
    return Number(whole);
  }

  number(key: string): ExactNumber | undefined {
    const value = this.value(key);
    if (value === undefined) return undefined;
    if (!(value instanceof ExactNumber)) throw this.problem(key, 'type', 'must be a number');
    return value;
  }

  /** Whole nanoseconds of a duration, or undefined when the key is absent. */
  duration(key: string): bigint | undefined {
    const value = this.value(key);
    if (value === undefined) return undefined;
    const durationNs = typeof value === 'string' ? parsePackDuration(value) : null;
    if (durationNs === null) throw this.problem(key, 'duration', 'must be a duration such as 5s');
    return durationNs;
  }

  list(key: string): readonly ExactJson[] {
    const value = this.value(key);
    if (value === undefined) return [];
    if (!Array.isArray(value)) throw this.problem(key, 'type', 'must be a list');
    return value as readonly ExactJson[];
  }

  strings(key: string): string[] {
    return this.list(key).map((entry, index) => {
      if (typeof entry !== 'string') throw this.problem(`${key}[${index}]`, 'type', 'must be a string');
      return entry;
    });
  }

  integers(key: string): number[] {
    return this.list(key).map((entry, index) => this.#toInteger(entry, `${key}[${index}]`));
  }

  map(key: string, known: readonly string[]): Fields {
    return new Fields(this.required(key), this.file, this.at(key), known);
  }

  optionalMap(key: string, known: readonly string[]): Fields | undefined {
    return this.has(key) ? this.map(key, known) : undefined;
  }

  maps(key: string, known: readonly string[]): Fields[] {
    return this.list(key).map(
      (entry, index) => new Fields(entry, this.file, this.at(`${key}[${index}]`), known),
    );
  }

  stringMap(key: string): Record<string, string> {
    const value = this.value(key);
    const map: Record<string, string> = Object.create(null) as Record<string, string>;
    if (value === undefined) return map;
    if (!isExactObject(value)) throw this.problem(key, 'type', 'must be a mapping');
    for (const [name, entry] of Object.entries(value)) {
      if (typeof entry !== 'string')
        throw this.problem(`${key}.${printableKey(name)}`, 'type', 'must be a string');
      map[name] = entry;
    }
    return map;
  }
}
