// RE2 patterns of packs and redaction rules: linear in the text they search, whatever the pattern is.
import { RE2JS } from 're2js';

export type Pattern = RE2JS;

/** Compiles an RE2 pattern; null when the syntax is not RE2's. At most 4096 characters. */
export function compilePattern(source: string): Pattern | null {
  if (source.length > 4096) return null;
  try {
    return RE2JS.compile(source);
  } catch {
    return null;
  }
}

/** True when the pattern matches anywhere in the text. */
export function matchesAnywhere(pattern: Pattern, text: string): boolean {
  return pattern.matcher(text).find();
}
