// Where a text may be cut without cutting a match: follows all threads of a compiled RE2 pattern at once and
// tells the last place at which none that began earlier is still going on. Reads the program that re2js
// compiled.
import type { Pattern } from './pattern.ts';

interface Instruction {
  readonly op: number;
  readonly out: number;
  readonly arg: number;
  matchRune(rune: number): boolean;
}

// Numbering of re2js's instructions and of its empty-width conditions; a test holds both.
const ALT = 1;
const ALT_MATCH = 2;
const CAPTURE = 3;
const EMPTY_WIDTH = 4;
const NOP = 7;
const RUNE = 8;
const RUNE1 = 9;
const RUNE_ANY = 10;
const RUNE_ANY_NOT_NL = 11;
const BEGIN_LINE = 1;
const END_LINE = 2;
const BEGIN_TEXT = 4;
const WORD_BOUNDARY = 16;
const NO_WORD_BOUNDARY = 32;
const lineFeed = 10;

/** Follows one stream of text for one rule. Positions count UTF-16 units from the start of the stream. */
export interface OpenMatchScanner {
  /** Reads on. The text must not end within a surrogate pair. */
  feed(text: string): void;
  /** Last place at which no match can be going on. */
  readonly closedAt: number;
  /** The same, directly after a line end. */
  readonly closedLineAt: number;
}

/** True when some match of the pattern could contain a line end. */
export function mayCrossLines(pattern: Pattern): boolean {
  return instructionsOf(pattern).some((instruction) => consumes(instruction, lineFeed));
}

/** A scanner that starts at `position`, behind the code point `previous` (-1 at the start of the stream). */
export function createPatternScanner(pattern: Pattern, position: number, previous: number): OpenMatchScanner {
  return new PatternScanner(pattern, position, previous);
}

class PatternScanner implements OpenMatchScanner {
  closedAt: number;
  closedLineAt: number;
  readonly #program: readonly Instruction[];
  readonly #start: number;
  readonly #starting = new Map<number, readonly number[]>();
  #position: number;
  #previous: number;
  // Program counters reached by the last character, before conditions at this place are known.
  #reached: readonly number[] = [];

  constructor(pattern: Pattern, position: number, previous: number) {
    this.#program = instructionsOf(pattern);
    this.#start = (pattern.re2Input.prog as { start: number }).start;
    this.#position = position;
    this.#previous = previous;
    this.closedAt = position;
    this.closedLineAt = position;
  }

  feed(text: string): void {
    for (const character of text) this.#step(character.codePointAt(0) ?? 0, character.length);
    if (this.#previous === lineFeed && !this.#mayGoOn()) this.#close();
  }

  #step(rune: number, length: number): void {
    const holding = conditionsBetween(this.#previous, rune);
    const going = this.#reached.length === 0 ? nothing : this.#goingOn(rune, holding);
    if (going.length === 0) this.#close();
    const starting = this.#startingWith(rune, holding);
    this.#reached = going.length === 0 ? starting : starting.length === 0 ? going : union(going, starting);
    this.#position += length;
    this.#previous = rune;
  }

  #goingOn(rune: number, holding: number): readonly number[] {
    const next: number[] = [];
    for (const at of this.#closure(this.#reached, holding)) {
      const instruction = this.#program[at];
      if (instruction && consumes(instruction, rune) && !next.includes(instruction.out))
        next.push(instruction.out);
    }
    return next;
  }

  #close(): void {
    this.closedAt = this.#position;
    if (this.#previous === lineFeed) this.closedLineAt = this.#position;
  }

  #startingWith(rune: number, holding: number): readonly number[] {
    const key = rune < 128 ? rune * 64 + holding : -1;
    const known = this.#starting.get(key);
    if (known) return known;
    const outs = this.#closure([this.#start], holding)
      .map((at) => this.#program[at])
      .filter((instruction) => instruction !== undefined && consumes(instruction, rune))
      .map((instruction) => instruction?.out ?? 0);
    if (key >= 0) this.#starting.set(key, outs);
    return outs;
  }

  // All places reachable without reading a character.
  #closure(from: readonly number[], holding: number): number[] {
    if (from.length === 0) return [];
    const seen = new Set<number>(from);
    for (const at of seen) {
      const instruction = this.#program[at];
      if (!instruction) continue;
      const { op, out, arg } = instruction;
      if (op === ALT || op === ALT_MATCH) seen.add(out).add(arg);
      else if (op === CAPTURE || op === NOP) seen.add(out);
      else if (op === EMPTY_WIDTH && (arg & ~holding) === 0) seen.add(out);
    }
    return [...seen];
  }

  // The next character is not known yet: whatever could still read one, or waits for a condition, may go on.
  #mayGoOn(): boolean {
    const conditions = this.#previous === lineFeed ? BEGIN_LINE : 0;
    return this.#closure(this.#reached, conditions).some((at) => {
      const op = this.#program[at]?.op ?? 0;
      return (op >= RUNE && op <= RUNE_ANY_NOT_NL) || op === EMPTY_WIDTH;
    });
  }
}

const nothing: readonly number[] = [];

function union(a: readonly number[], b: readonly number[]): readonly number[] {
  const added = b.filter((at) => !a.includes(at));
  return added.length === 0 ? a : [...a, ...added];
}

function instructionsOf(pattern: Pattern): readonly Instruction[] {
  return (pattern.re2Input.prog as { inst: readonly Instruction[] }).inst;
}

function consumes(instruction: Instruction, rune: number): boolean {
  switch (instruction.op) {
    case RUNE:
    case RUNE1:
      return instruction.matchRune(rune);
    case RUNE_ANY:
      return true;
    case RUNE_ANY_NOT_NL:
      return rune !== lineFeed;
    default:
      return false;
  }
}

// The end of the text never holds here: a scanner always stands before a character.
function conditionsBetween(previous: number, next: number): number {
  const isBoundary = isWord(previous) !== isWord(next);
  return (
    (previous < 0 ? BEGIN_TEXT | BEGIN_LINE : 0) |
    (previous === lineFeed ? BEGIN_LINE : 0) |
    (next === lineFeed ? END_LINE : 0) |
    (isBoundary ? WORD_BOUNDARY : NO_WORD_BOUNDARY)
  );
}

function isWord(rune: number): boolean {
  return (
    (rune >= 48 && rune <= 57) || (rune >= 65 && rune <= 90) || rune === 95 || (rune >= 97 && rune <= 122)
  );
}
