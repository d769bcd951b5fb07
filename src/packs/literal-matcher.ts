// Masking plain texts: one pass over all of them, and where a text can be cut without cutting one.
import type { OpenMatchScanner } from './open-match.ts';
import type { RuleMatcher } from './redaction-matcher.ts';

/** Plain texts, the longest first wherever several begin at the same place. Empty ones are left out. */
export function literalMatcher(literals: readonly string[], replacement: string): RuleMatcher {
  const sorted = [...new Set(literals)]
    .filter((literal) => literal !== '')
    .toSorted((a, b) => b.length - a.length);
  const expression = new RegExp(sorted.map((literal) => escaped(literal)).join('|'), 'g');
  return {
    crossesLines: sorted.some((literal) => literal.includes('\n')),
    searchIn(text) {
      if (sorted.length === 0) return null;
      return (from) => {
        expression.lastIndex = from;
        const match = expression.exec(text);
        return match && { start: match.index, end: expression.lastIndex, replacement };
      };
    },
    createScanner: (position) => new LiteralScanner(sorted, position),
  };
}

function escaped(literal: string): string {
  return literal.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

// Knuth-Morris-Pratt over every literal: a match may be going on while some beginning of a literal has been
// read.
class LiteralScanner implements OpenMatchScanner {
  closedAt: number;
  closedLineAt: number;
  #position: number;
  readonly #literals: readonly { readonly text: string; readonly fallback: Int32Array; matched: number }[];

  constructor(literals: readonly string[], position: number) {
    this.#literals = literals.map((text) => ({ text, fallback: fallbacksOf(text), matched: 0 }));
    this.#position = position;
    this.closedAt = position;
    this.closedLineAt = position;
  }

  feed(text: string): void {
    for (let at = 0; at < text.length; at += 1) {
      const unit = text.charCodeAt(at);
      let isOpen = false;
      for (const literal of this.#literals) {
        while (literal.matched > 0 && literal.text.charCodeAt(literal.matched) !== unit) {
          literal.matched = literal.fallback[literal.matched - 1] ?? 0;
        }
        if (literal.text.charCodeAt(literal.matched) === unit) literal.matched += 1;
        if (literal.matched === literal.text.length)
          literal.matched = literal.fallback[literal.matched - 1] ?? 0;
        isOpen ||= literal.matched > 0;
      }
      this.#position += 1;
      // Never between the halves of a surrogate pair.
      if (isOpen || (unit >= 0xd800 && unit <= 0xdbff)) continue;
      this.closedAt = this.#position;
      if (unit === 10) this.closedLineAt = this.#position;
    }
  }
}

function fallbacksOf(text: string): Int32Array {
  const fallback = new Int32Array(text.length);
  let matched = 0;
  for (let at = 1; at < text.length; at += 1) {
    while (matched > 0 && text.charCodeAt(at) !== text.charCodeAt(matched))
      matched = fallback[matched - 1] ?? 0;
    if (text.charCodeAt(at) === text.charCodeAt(matched)) matched += 1;
    fallback[at] = matched;
  }
  return fallback;
}
