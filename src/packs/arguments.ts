// Checking the arguments of one call against an action's declarations. Pure: the file system comes in as a
// resolver, and the variant without one leaves path containment out (for the control plane and for examples).
import type { ArgumentSpec, ArgumentValidation } from './argument-spec.ts';
import { cleanPath, coerceArgument } from './argument-coercion.ts';
import { compareDecimals, parseDecimal, type Decimal } from './decimal.ts';
import { parseGoDuration } from './duration.ts';
import { ExactNumber, type ExactJson, type ExactObject } from './exact-json.ts';
import { checkPathRules, hasPathRules, isProtected, type PathCode, type PathResolver } from './path-rules.ts';
import { matchesAnywhere } from './pattern.ts';
import { utf8Length } from './text-rule.ts';

/** Integers and numbers are exact, durations are Go text, paths are cleaned or resolved. */
export type ArgumentValue = string | boolean | ExactNumber | readonly string[] | readonly ExactNumber[];
export type ArgumentValues = ReadonlyMap<string, ArgumentValue>;

export type ArgumentCode =
  | 'unknown_arg'
  | 'required'
  | 'type'
  | 'max_length'
  | 'max_items'
  | 'enum'
  | 'allowed'
  | 'pattern'
  | 'min'
  | 'max'
  | 'min_duration'
  | 'max_duration'
  | PathCode;

export interface ArgumentFailure {
  readonly ok: false;
  readonly code: ArgumentCode;
  readonly argument: string;
  /** `argument NAME: REASON`; for a provided sensitive argument the reason is the code alone. */
  readonly message: string;
}
export type ArgumentAnswer = { readonly ok: true; readonly values: ArgumentValues } | ArgumentFailure;

/** How paths are checked; leave it out to check everything but path containment. */
export interface PathChecks {
  readonly resolver: PathResolver;
  /** Directories that no path argument may reach; `/` and relative ones are ignored. */
  readonly protectedRoots: readonly string[];
  /** Where the program will run: relative path arguments count from here. */
  readonly cwd: string;
}

interface Fault {
  readonly code: ArgumentCode;
  readonly reason: string;
}

const defaultMaxLengthBytes = 32_768;
const defaultMaxItems = 256;

/** Validates and coerces the arguments of one call. The first failure wins; defaults fill what is absent. */
export function validateArguments(
  specs: readonly ArgumentSpec[],
  raw: ExactObject,
  paths?: PathChecks,
): ArgumentAnswer {
  const unknown = Object.keys(raw).find((name) => !specs.some((spec) => spec.name === name));
  if (unknown !== undefined)
    return failure(unknown, { code: 'unknown_arg', reason: 'is not an argument of this action' });
  const values = new Map<string, ArgumentValue>();
  for (const spec of specs) {
    const provided = Object.hasOwn(raw, spec.name);
    const given = provided ? raw[spec.name] : spec.default;
    if (given === undefined) {
      if (spec.required) return failure(spec.name, { code: 'required', reason: 'is required' });
      continue;
    }
    const checked = checkArgument(spec, given, paths);
    if ('value' in checked) values.set(spec.name, checked.value);
    else
      return failure(spec.name, provided && spec.sensitive ? { ...checked, reason: checked.code } : checked);
  }
  return { ok: true, values };
}

/** Checks one value (a default, an example, a candidate) as validateArguments does. */
export function checkArgument(
  spec: ArgumentSpec,
  raw: ExactJson,
  paths?: PathChecks,
): { value: ArgumentValue } | Fault {
  const coerced = coerceArgument(spec.type, raw);
  if ('reason' in coerced) return { code: 'type', reason: coerced.reason };
  const { value } = coerced;
  const fault =
    itemCountFault(spec, value) ??
    eachElement(value, (element) => elementFault(spec, element)) ??
    durationFault(spec, value);
  if (fault) return fault;
  return paths ? applyPathChecks(spec, value, paths) : { value };
}

function failure(argument: string, fault: Fault): ArgumentFailure {
  const name = argument.slice(0, 128).replace(/[^ -~]/g, '?');
  return { ok: false, code: fault.code, argument: name, message: `argument ${name}: ${fault.reason}` };
}

type Element = string | boolean | ExactNumber;

function eachElement(value: ArgumentValue, check: (element: Element) => Fault | null): Fault | null {
  if (!Array.isArray(value)) return check(value as Element);
  for (const [index, element] of (value as readonly Element[]).entries()) {
    const fault = check(element);
    if (fault) return { code: fault.code, reason: `element ${index}: ${fault.reason}` };
  }
  return null;
}

function itemCountFault(spec: ArgumentSpec, value: ArgumentValue): Fault | null {
  const maxItems = spec.validation.maxItems ?? defaultMaxItems;
  if (!Array.isArray(value) || value.length <= maxItems) return null;
  return { code: 'max_items', reason: `must have at most ${maxItems} elements` };
}

function elementFault(spec: ArgumentSpec, element: Element): Fault | null {
  const rules = spec.validation;
  return (
    lengthFault(spec, element) ??
    candidateFault('enum', rules.enum, spec, element) ??
    candidateFault('allowed', rules.allowed, spec, element) ??
    patternFault(rules, element) ??
    boundFault(rules, element)
  );
}

function lengthFault(spec: ArgumentSpec, element: Element): Fault | null {
  if (typeof element !== 'string' || spec.type === 'duration') return null;
  const maxLength = spec.validation.maxLength ?? defaultMaxLengthBytes;
  return utf8Length(element) <= maxLength
    ? null
    : { code: 'max_length', reason: `must be at most ${maxLength} bytes` };
}

function candidateFault(
  code: 'enum' | 'allowed',
  candidates: readonly ExactJson[] | undefined,
  spec: ArgumentSpec,
  element: Element,
): Fault | null {
  if (!candidates || candidates.some((candidate) => sameElement(spec, candidate, element))) return null;
  const listed = candidates.map(String).join(', ');
  return {
    code,
    reason: listed.length <= 300 ? `must be one of ${listed}` : 'is not one of the permitted values',
  };
}

function sameElement(spec: ArgumentSpec, candidate: ExactJson, element: Element): boolean {
  if (element instanceof ExactNumber) {
    const wanted = decimalOf(candidate);
    const given = decimalOf(element);
    return wanted !== null && given !== null && compareDecimals(wanted, given) === 0;
  }
  if (spec.type === 'path' && typeof candidate === 'string') return cleanPath(candidate) === element;
  return candidate === element;
}

function decimalOf(value: ExactJson): Decimal | null {
  if (value instanceof ExactNumber) return parseDecimal(value.literal);
  return typeof value === 'string' ? parseDecimal(value) : null;
}

function patternFault(rules: ArgumentValidation, element: Element): Fault | null {
  if (!rules.compiledPattern || typeof element !== 'string') return null;
  if (matchesAnywhere(rules.compiledPattern, element)) return null;
  return { code: 'pattern', reason: `must match ${rules.pattern}` };
}

function boundFault(rules: ArgumentValidation, element: Element): Fault | null {
  const given = element instanceof ExactNumber ? parseDecimal(element.literal) : null;
  if (!given) return null;
  const min = rules.min && parseDecimal(rules.min.literal);
  if (min && compareDecimals(given, min) < 0) return { code: 'min', reason: `must be at least ${rules.min}` };
  const max = rules.max && parseDecimal(rules.max.literal);
  if (max && compareDecimals(given, max) > 0) return { code: 'max', reason: `must be at most ${rules.max}` };
  return null;
}

function durationFault(spec: ArgumentSpec, value: ArgumentValue): Fault | null {
  if (spec.type !== 'duration' || typeof value !== 'string') return null;
  const durationNs = parseGoDuration(value) ?? 0n;
  const { minDurationNs, maxDurationNs } = spec.validation;
  if (minDurationNs !== undefined && durationNs < minDurationNs)
    return { code: 'min_duration', reason: 'is too short' };
  if (maxDurationNs !== undefined && durationNs > maxDurationNs)
    return { code: 'max_duration', reason: 'is too long' };
  return null;
}

function applyPathChecks(
  spec: ArgumentSpec,
  value: ArgumentValue,
  paths: PathChecks,
): { value: ArgumentValue } | Fault {
  const ruled = hasPathRules(spec.validation);
  if (!ruled && spec.type !== 'path') return { value };
  const elements = (Array.isArray(value) ? value : [value]) as readonly string[];
  const resolved: string[] = [];
  for (const [index, element] of elements.entries()) {
    const answer = checkOnePath(spec, element, ruled, paths);
    if ('code' in answer) {
      return Array.isArray(value)
        ? { code: answer.code, reason: `element ${index}: ${answer.reason}` }
        : answer;
    }
    resolved.push(answer.path);
  }
  return { value: Array.isArray(value) ? resolved : (resolved[0] ?? '') };
}

function checkOnePath(
  spec: ArgumentSpec,
  element: string,
  ruled: boolean,
  paths: PathChecks,
): { path: string } | Fault {
  const answer = ruled
    ? checkPathRules(element, spec.validation, paths.resolver)
    : ({ ok: true, path: element } as const);
  if (!answer.ok) return { code: answer.code, reason: answer.reason };
  const touched = [element, answer.path];
  if (touched.some((path) => isProtected(path, paths.protectedRoots, paths.cwd, paths.resolver))) {
    return { code: 'protected_path', reason: 'lies in a directory of the runner itself' };
  }
  return { path: answer.path };
}
