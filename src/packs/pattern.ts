// RE2 patterns of packs and redaction rules: linear in the text they search, whatever the pattern is.
import { RE2JS } from 're2js';

export type Pattern = RE2JS;

// The arguments of many actions share a few patterns, and compiling is dear; a pattern itself holds no state.
const compiled = new Map<string, Pattern>();
const maxCompiled = 256;

/** Compiles an RE2 pattern; null when the syntax is not RE2's. At most 4096 characters. */
export function compilePattern(source: string): Pattern | null {
  if (source.length > 4096) return null;
  const known = compiled.get(source);
  if (known) return known;
  try {
    const pattern = RE2JS.compile(source);
    if (compiled.size >= maxCompiled) compiled.clear();
    compiled.set(source, pattern);
    return pattern;
  } catch {
    return null;
  }
}

/** True when the pattern matches anywhere in the text. */
export function matchesAnywhere(pattern: Pattern, text: string): boolean {
  return pattern.matcher(text).find();
}
