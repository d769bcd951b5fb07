// One rule applied to a text that arrives in pieces, so that the result is that of the whole text: what is
// passed on ends where no match of the rule can be going on.
import type { OpenMatchScanner } from './open-match.ts';
import type { RuleMatcher } from './redaction-matcher.ts';

export interface RedactionStage {
  /** Takes more text (whole characters); gives what can be passed on now. */
  push(text: string): string;
  /** Gives the rest. */
  end(): string;
  /** Matches replaced so far. */
  readonly count: number;
}

/** A line without an end is held up to this many characters. */
export const longestHeldLine = 65_536;

/** The stage of a rule with a matcher; `heldLine` is how long a line without an end may grow before it leaves. */
export function createRuleStage(matcher: RuleMatcher, heldLine = longestHeldLine): RedactionStage {
  return new RuleStage(matcher, heldLine);
}

class RuleStage implements RedactionStage {
  count = 0;
  readonly #matcher: RuleMatcher;
  readonly #heldLine: number;
  #pending = '';
  // Position of #pending in the stream, and the character before it: conditions such as \b look at it.
  #position = 0;
  #before = '';
  #wasMatchEnd = false;
  #scanner: OpenMatchScanner | undefined;
  #scanned = 0;

  constructor(matcher: RuleMatcher, heldLine: number) {
    this.#matcher = matcher;
    this.#heldLine = heldLine;
  }

  push(text: string): string {
    this.#pending += text;
    const cut = this.#cut();
    return cut > 0 ? this.#pass(cut, false) : '';
  }

  end(): string {
    return this.#pass(this.#pending.length, true);
  }

  #cut(): number {
    if (this.#matcher.crossesLines) {
      const { closedLineAt, closedAt } = this.#scan();
      const atLine = closedLineAt - this.#position;
      if (atLine > 0) return atLine;
      return this.#pending.length > this.#heldLine ? closedAt - this.#position : 0;
    }
    const lineEnd = this.#pending.lastIndexOf('\n') + 1;
    if (lineEnd > 0) {
      this.#scanner = undefined;
      return lineEnd;
    }
    return this.#pending.length > this.#heldLine ? this.#scan().closedAt - this.#position : 0;
  }

  #scan(): OpenMatchScanner {
    if (!this.#scanner) {
      this.#scanner = this.#matcher.createScanner(this.#position, this.#before.codePointAt(0) ?? -1);
      this.#scanned = this.#position;
    }
    this.#scanner.feed(this.#pending.slice(this.#scanned - this.#position));
    this.#scanned = this.#position + this.#pending.length;
    return this.#scanner;
  }

  #pass(length: number, isFinal: boolean): string {
    const segment = this.#pending.slice(0, length);
    const rest = this.#pending.slice(length);
    // Something must stand behind a text that goes on, lest `$` and `\z` match at the cut.
    const behind = isFinal ? '' : firstCharacter(rest) || '\n';
    const replaced = this.#replace(this.#before + segment + behind, segment.length, isFinal);
    this.#pending = rest;
    this.#position += length;
    this.#before = lastCharacter(segment) || this.#before;
    return replaced;
  }

  #replace(text: string, length: number, isFinal: boolean): string {
    const first = this.#before.length;
    const end = first + length;
    let passed = '';
    let at = first;
    let search = first;
    // An empty match directly behind another match is none.
    let matchEnd = this.#wasMatchEnd ? first : -1;
    const find = this.#matcher.searchIn(text);
    while (search <= end) {
      const match = find?.(search);
      if (!match || match.start > end || (match.start === end && !isFinal)) break;
      search = match.end > match.start ? match.end : match.end + characterLength(text, match.end);
      if (match.end === match.start && match.start === matchEnd) continue;
      passed += text.slice(at, match.start) + match.replacement;
      at = match.end;
      matchEnd = match.end;
      this.count += 1;
    }
    this.#wasMatchEnd = matchEnd === end;
    return passed + text.slice(at, end);
  }
}

function characterLength(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}

function firstCharacter(text: string): string {
  return text === '' ? '' : text.slice(0, characterLength(text, 0));
}

function lastCharacterAt(text: string): number {
  const isPair = text.length > 1 && (text.codePointAt(text.length - 2) ?? 0) > 0xffff;
  return Math.max(0, text.length - (isPair ? 2 : 1));
}

function lastCharacter(text: string): string {
  return text.slice(lastCharacterAt(text));
}
