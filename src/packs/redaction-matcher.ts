// How a regex rule finds its matches: RE2 for patterns of packs, V8 with a prefilter for built-in rules.
// Plain texts are literal-matcher.ts's; where a text can be cut is open-match.ts's.
import { createPatternScanner, mayCrossLines, type OpenMatchScanner } from './open-match.ts';
import { compilePattern, type Pattern } from './pattern.ts';
import type { BuiltinRule } from './redaction-builtins.ts';
import { expandReplacement, parseReplacement } from './redaction-replacement.ts';

export interface FoundMatch {
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
}

/** The leftmost match that starts at or after `from`; null when there is none. */
export type MatchSearch = (from: number) => FoundMatch | null;

export interface RuleMatcher {
  readonly crossesLines: boolean;
  /** Searches one text; null when it is plain that nothing can match anywhere. */
  searchIn(text: string): MatchSearch | null;
  createScanner(position: number, previous: number): OpenMatchScanner;
}

/** A pattern of a pack or of the configuration; it must compile. */
export function patternMatcher(source: string, replacement: string): RuleMatcher {
  return matcherOf(compiled(source), replacement);
}

function compiled(source: string): Pattern {
  const pattern = compilePattern(source);
  if (!pattern) throw new Error('redaction pattern is not RE2 syntax');
  return pattern;
}

function matcherOf(pattern: Pattern, replacement: string): RuleMatcher {
  const parts = parseReplacement(replacement);
  const names = pattern.namedGroups();
  return {
    crossesLines: mayCrossLines(pattern),
    searchIn(text) {
      const matcher = pattern.matcher(text);
      const group = (at: number): string => (at <= matcher.groupCount() ? (matcher.group(at) ?? '') : '');
      return (from) =>
        matcher.find(from)
          ? {
              start: matcher.start(),
              end: matcher.end(),
              replacement: expandReplacement(parts, names, group),
            }
          : null;
    },
    createScanner: (position, previous) => createPatternScanner(pattern, position, previous),
  };
}

// V8 backtracks: on lines up to this length even its worst case is cheap, longer ones go through RE2.
const longestLineForV8 = 4096;

/** A built-in rule. */
export function builtinMatcher(rule: BuiltinRule): RuleMatcher {
  const expression = new RegExp(rule.source, 'gu');
  const parts = parseReplacement(rule.replacement);
  let linear: RuleMatcher | undefined;
  const inRe2 = (): RuleMatcher => (linear ??= patternMatcher(rule.source, rule.replacement));
  return {
    crossesLines: false,
    searchIn(text) {
      if (!rule.mayMatch(text)) return null;
      if (hasLongLine(text)) return inRe2().searchIn(text);
      return (from) => {
        expression.lastIndex = from;
        const match = expression.exec(text);
        if (!match) return null;
        const replacement = expandReplacement(parts, {}, (at) => match[at] ?? '');
        return { start: match.index, end: expression.lastIndex, replacement };
      };
    },
    createScanner: (position, previous) => inRe2().createScanner(position, previous),
  };
}

function hasLongLine(text: string): boolean {
  let at = 0;
  while (text.length - at > longestLineForV8) {
    const end = text.lastIndexOf('\n', at + longestLineForV8);
    if (end < at) return true;
    at = end + 1;
  }
  return false;
}
