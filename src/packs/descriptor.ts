// What a runner tells of an action: everything an operator must know to call it, nothing of how it runs.
import type { Action } from './action.ts';
import { decodeArgumentSpecs, type ArgumentSpec } from './argument-spec.ts';
import { formatGoDuration } from './duration.ts';
import { canonicalText, exactFromPlain, plainWhereExact } from './exact-json.ts';
import { Fields } from './fields.ts';
import type { BoundedDefault } from './limits.ts';
import { collapseText, leadingSentence, utf8Length } from './text-rule.ts';
import { printableKey } from './yaml-document.ts';

/** Field names of the wire. Numbers are plain where a double holds them exactly, ExactNumber elsewhere. */
export interface ActionDescriptor {
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  readonly description: string;
  readonly kind: 'exec' | 'script';
  readonly risk: 'low' | 'medium' | 'high' | 'critical';
  readonly side_effects: readonly string[];
  readonly args: readonly ArgumentDescriptor[];
  readonly examples: readonly { readonly title: string; readonly args: unknown }[];
  readonly search_terms: readonly string[];
  readonly output_schema?: unknown;
  readonly pack_id: string;
  readonly limits: {
    /** Nanoseconds, as all three. */
    readonly default_timeout: number;
    readonly timeout_min?: number;
    readonly timeout_max?: number;
  };
  readonly output: {
    readonly parser?: string;
    readonly parser_required?: boolean;
    readonly max_stdout_bytes: number;
    readonly max_stdout_bytes_min?: number;
    readonly max_stdout_bytes_max?: number;
    readonly max_stderr_bytes: number;
    readonly max_stderr_bytes_min?: number;
    readonly max_stderr_bytes_max?: number;
  };
  readonly primary_executable_available: boolean;
  readonly missing_executable?: string;
}

export interface ArgumentDescriptor {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly sensitive?: true;
  readonly default?: unknown;
  readonly description?: string;
  readonly validation?: Readonly<Record<string, unknown>>;
}

/**
 * The fields by which an advertised descriptor is compared with the trusted one; availability is not among
 * them.
 */
export const descriptorModelFields = [
  'id',
  'title',
  'summary',
  'description',
  'kind',
  'risk',
  'side_effects',
  'args',
  'examples',
  'search_terms',
  'output_schema',
] as const;

/** The program that must exist for the action to run: the binary, or the interpreter of a script. */
export function primaryExecutable(action: Action): string {
  const { command } = action.execution;
  return command.kind === 'exec' ? command.binary : command.interpreter;
}

/** Derives the descriptor; `isAvailable` says whether primaryExecutable was found on the runner's PATH. */
export function describeAction(action: Action, packId: string, isAvailable: boolean): ActionDescriptor {
  return {
    id: action.id,
    title: collapseText(action.title),
    summary: summaryOf(action),
    description: collapseText(action.description),
    kind: action.kind,
    risk: action.risk,
    side_effects: sideEffectsOf(action),
    args: action.args.map(describeArgument),
    examples: action.examples.map(({ title, args }) => ({
      title: collapseText(title),
      args: plainWhereExact(args),
    })),
    search_terms: action.searchTerms.map(collapseText),
    ...(action.output.schema && { output_schema: plainWhereExact(action.output.schema) }),
    pack_id: packId,
    primary_executable_available: isAvailable,
    ...(!isAvailable && { missing_executable: primaryExecutable(action) }),
    limits: describeLimits(action),
    output: describeOutput(action),
  };
}

function summaryOf(action: Action): string {
  if (action.summary !== undefined) return collapseText(action.summary);
  const description = collapseText(action.description);
  return utf8Length(description) <= 512 ? description : (leadingSentence(description) ?? '');
}

function sideEffectsOf(action: Action): string[] {
  const effects = action.sideEffects.map(collapseText);
  return effects.length === 1 && effects[0]?.toLowerCase() === 'none' ? [] : effects;
}

function describeArgument(spec: ArgumentSpec): ArgumentDescriptor {
  const description = collapseText(spec.description ?? '');
  return {
    name: spec.name,
    type: spec.type,
    required: spec.required,
    ...(spec.sensitive && { sensitive: true as const }),
    ...(spec.default !== undefined && { default: plainWhereExact(spec.default) }),
    ...(description !== '' && { description }),
    ...(spec.hasValidation && { validation: describeValidation(spec) }),
  };
}

function describeValidation({ validation: rules }: ArgumentSpec): Record<string, unknown> {
  const described: Record<string, unknown> = {
    enum: rules.enum?.map(plainWhereExact),
    allowed: rules.allowed?.map(plainWhereExact),
    pattern: rules.pattern,
    min: rules.min && plainWhereExact(rules.min),
    max: rules.max && plainWhereExact(rules.max),
    max_length: rules.maxLength,
    max_items: rules.maxItems,
    min_duration: rules.minDurationNs === undefined ? undefined : formatGoDuration(rules.minDurationNs),
    max_duration: rules.maxDurationNs === undefined ? undefined : formatGoDuration(rules.maxDurationNs),
    allowed_paths: rules.allowedPaths,
    denied_paths: rules.deniedPaths,
    allowed_prefixes: rules.allowedPrefixes,
    denied_prefixes: rules.deniedPrefixes,
  };
  return Object.fromEntries(Object.entries(described).filter(([, value]) => value !== undefined));
}

function describeLimits(action: Action): ActionDescriptor['limits'] {
  const { value, min, max } = action.execution.timeoutNs;
  return {
    default_timeout: value,
    ...(min !== undefined && { timeout_min: min }),
    ...(max !== undefined && { timeout_max: max }),
  };
}

function describeOutput({ output }: Action): ActionDescriptor['output'] {
  return {
    ...(output.parser !== '' && { parser: output.parser }),
    ...(output.parserRequired && { parser_required: true }),
    ...describeCap('max_stdout_bytes', output.maxStdoutBytes),
    ...describeCap('max_stderr_bytes', output.maxStderrBytes),
  };
}

function describeCap<Key extends 'max_stdout_bytes' | 'max_stderr_bytes'>(key: Key, cap: BoundedDefault) {
  return {
    [key]: cap.value,
    ...(cap.min !== undefined && { [`${key}_min`]: cap.min }),
    ...(cap.max !== undefined && { [`${key}_max`]: cap.max }),
  } as { [name in Key]: number };
}

/**
 * The declarations behind the `args` of a descriptor (plain or exact JSON), for validateArguments on a side that
 * has no action file. Throws PackProblem when a host advertised something that no action file may say.
 */
export function decodeArgumentDescriptors(args: unknown, actionId: string): ArgumentSpec[] {
  const given = { args: exactFromPlain(args) };
  return decodeArgumentSpecs(new Fields(given, printableKey(actionId), '', ['args']));
}

type ModelFields = { readonly [field in (typeof descriptorModelFields)[number]]?: unknown };

/**
 * One text for each meaning of a descriptor's model fields, whatever the order of keys or spelling of
 * numbers.
 */
export function descriptorModelText(descriptor: ModelFields): string {
  return canonicalText(descriptorModelFields.map((field) => descriptor[field] ?? null));
}

/** The model fields in which two descriptors differ; empty when they describe the same action. */
export function differingModelFields(a: ModelFields, b: ModelFields): string[] {
  return descriptorModelFields.filter(
    (field) => canonicalText(a[field] ?? null) !== canonicalText(b[field] ?? null),
  );
}
