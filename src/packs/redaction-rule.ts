// A redaction rule as written in an action or in the runner's configuration.
import type { Fields } from './fields.ts';
import { compilePattern } from './pattern.ts';

export type RedactionRule = RegexRule | LiteralRule;

export interface RegexRule {
  readonly name: string;
  readonly type: 'regex';
  /** RE2 syntax, unanchored. */
  readonly pattern: string;
  /** May use `${1}` and `${name}`. */
  readonly replacement: string;
}

export interface LiteralRule {
  readonly name: string;
  readonly type: 'literal';
  readonly literal: string;
  readonly replacement: string;
}

/** Reads a list of redaction rules under `key`. Throws PackProblem. */
export function decodeRedactionRules(parent: Fields, key: string): RedactionRule[] {
  return parent.maps(key, ['name', 'type', 'pattern', 'literal', 'replacement']).map(decodeRule);
}

function decodeRule(fields: Fields): RedactionRule {
  const name = fields.string('name');
  const type = fields.choice('type', ['regex', 'literal']);
  const replacement = fields.optionalString('replacement') || '[REDACTED]';
  if (type === 'literal') {
    if (fields.has('pattern'))
      throw fields.problem('pattern', 'exclusive', 'does not apply to a literal rule');
    return { name, type, literal: fields.string('literal'), replacement };
  }
  if (fields.has('literal')) throw fields.problem('literal', 'exclusive', 'does not apply to a regex rule');
  const pattern = fields.string('pattern');
  if (!compilePattern(pattern)) {
    throw fields.problem('pattern', 'pattern', 'must be a regular expression in RE2 syntax');
  }
  return { name, type, pattern, replacement };
}
