// The chain of masking rules of one call: sensitive arguments, the action's own rules, built-ins, the host's
// rules. Each rule sees what the one before it left. Pieces of a stream are redaction-stream.ts's.
import type { ArgumentSpec } from './argument-spec.ts';
import type { ArgumentValue, ArgumentValues } from './arguments.ts';
import { literalMatcher } from './literal-matcher.ts';
import { createPrivateKeyStage } from './private-key-stage.ts';
import { contextRules, tokenRules, type BuiltinRule } from './redaction-builtins.ts';
import { builtinMatcher, patternMatcher, type RuleMatcher } from './redaction-matcher.ts';
import type { RedactionRule } from './redaction-rule.ts';
import { createRuleStage, type RedactionStage } from './redaction-stage.ts';

export interface RedactionInput {
  /** All text forms of sensitive argument values, see sensitiveForms. */
  readonly sensitive?: readonly string[];
  readonly actionRules?: readonly RedactionRule[];
  /** From the host's configuration; one named like a built-in rule is dropped. */
  readonly globalRules?: readonly RedactionRule[];
}

export interface RedactionLink {
  readonly name: string;
  readonly type: 'regex' | 'literal';
  readonly createStage: () => RedactionStage;
}

/** A compiled chain; it holds no state and may serve any number of texts and streams. */
export interface Redaction {
  readonly links: readonly RedactionLink[];
}

export interface RedactionCount {
  readonly name: string;
  readonly type: 'regex' | 'literal';
  readonly count: number;
}

const mask = '[REDACTED]';

const builtinLinks: readonly RedactionLink[] = [
  ...tokenRules.map(builtinLink),
  ...(['private-key-block', 'pgp-private-key-block'] as const).map((name) => ({
    name,
    type: 'regex' as const,
    createStage: () => createPrivateKeyStage(name),
  })),
  ...contextRules.map(builtinLink),
];

function builtinLink(rule: BuiltinRule): RedactionLink {
  return linkOf(rule.name, 'regex', builtinMatcher(rule));
}

function linkOf(name: string, type: 'regex' | 'literal', matcher: RuleMatcher): RedactionLink {
  return { name, type, createStage: () => createRuleStage(matcher) };
}

/** Compiles the chain of one call. Patterns must have been checked when they were read. */
export function compileRedaction(input: RedactionInput = {}): Redaction {
  const sensitive = (input.sensitive ?? []).filter((form) => form !== '');
  const actionLinks = firstOfEachName(input.actionRules ?? []).map(ruleLink);
  const ownNames = new Set(builtinLinks.map((link) => link.name));
  const globalRules = (input.globalRules ?? []).filter((rule) => !ownNames.has(rule.name));
  const sensitiveLinks =
    sensitive.length === 0 ? [] : [linkOf('sensitive-args', 'literal', literalMatcher(sensitive, mask))];
  return {
    links: [
      ...sensitiveLinks,
      ...actionLinks,
      ...builtinLinks,
      ...firstOfEachName(globalRules).map(ruleLink),
    ],
  };
}

function firstOfEachName(rules: readonly RedactionRule[]): RedactionRule[] {
  return rules.filter((rule, index) => rules.findIndex((other) => other.name === rule.name) === index);
}

function ruleLink(rule: RedactionRule): RedactionLink {
  return rule.type === 'literal'
    ? linkOf(rule.name, 'literal', literalMatcher([rule.literal], rule.replacement))
    : linkOf(rule.name, 'regex', patternMatcher(rule.pattern, rule.replacement));
}

/** Masks a whole text: an argument, a command line, an error. */
export function redactText(redaction: Redaction, text: string): { text: string; counts: RedactionCount[] } {
  let masked = text;
  const counts: RedactionCount[] = [];
  for (const { name, type, createStage } of redaction.links) {
    const stage = createStage();
    masked = stage.push(masked) + stage.end();
    if (stage.count > 0) counts.push({ name, type, count: stage.count });
  }
  return { text: masked, counts };
}

/** Every text that could give away a sensitive value: each element, and a list as Go prints it (`[a b]`). */
export function sensitiveForms(specs: readonly ArgumentSpec[], values: ArgumentValues): string[] {
  return specs.flatMap((spec) => {
    const value = spec.sensitive ? values.get(spec.name) : undefined;
    if (value === undefined) return [];
    if (!Array.isArray(value)) return [String(value as string)];
    const elements = (value as readonly unknown[]).map(String);
    return elements.length === 0 ? [] : [...elements, `[${elements.join(' ')}]`];
  });
}

/** The values with sensitive ones replaced and every text masked: what a journal may keep. */
export function maskSensitive(
  specs: readonly ArgumentSpec[],
  values: ArgumentValues,
  redaction: Redaction,
): Map<string, ArgumentValue> {
  const sensitive = new Set(specs.filter((spec) => spec.sensitive).map((spec) => spec.name));
  return new Map(
    [...values].map(
      ([name, value]) => [name, sensitive.has(name) ? mask : maskValue(value, redaction)] as const,
    ),
  );
}

function maskValue(value: ArgumentValue, redaction: Redaction): ArgumentValue {
  if (typeof value === 'string') return redactText(redaction, value).text;
  if (!Array.isArray(value) || !value.every((element) => typeof element === 'string')) return value;
  return value.map((element) => redactText(redaction, element).text);
}
