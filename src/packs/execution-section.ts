// The `execution` part of an action: which program runs, with what arguments, environment and time bounds.
import { ArgumentTemplates } from './argument-templates.ts';
import type { Fields } from './fields.ts';
import type { BoundedDefault } from './limits.ts';
import type { Template } from './template.ts';

export type ActionCommand =
  | { readonly kind: 'exec'; readonly binary: string; readonly argv: readonly Template[] }
  | {
      readonly kind: 'script';
      /** Pack-relative, exactly as written: it enters the hash. */
      readonly scriptPath: string;
      readonly interpreter: string;
      readonly argv: readonly Template[];
    };

export interface ActionExecution {
  readonly command: ActionCommand;
  /** Whole nanoseconds, at most 2^53 - 1. */
  readonly timeoutNs: BoundedDefault;
  /** Exit codes besides 0 that count as success. */
  readonly successExitCodes: readonly number[];
  /** Nanoseconds between SIGTERM and SIGKILL; the runner's configured grace when absent. */
  readonly cancelGraceNs?: number;
  readonly cwd: string;
  readonly env: ReadonlyMap<string, Template>;
  /** Name or numeric uid; the runner's own when absent. */
  readonly user?: string;
}

const executionKeys = [
  'command',
  'script',
  'argv',
  'timeout',
  'timeout_min',
  'timeout_max',
  'success_exit_codes',
  'cancel_grace',
  'cwd',
  'env',
  'user',
];

/**
 * Reads `execution`; `templates` refuses references to arguments that are not declared. Throws PackProblem.
 */
export function decodeExecution(
  action: Fields,
  kind: 'exec' | 'script',
  templates: ArgumentTemplates,
): ActionExecution {
  const fields = action.map('execution', executionKeys);
  const cancelGraceNs = durationNumber(fields, 'cancel_grace');
  const user = fields.optionalString('user');
  return {
    command: kind === 'exec' ? decodeExec(fields, templates) : decodeScript(fields, templates),
    timeoutNs: decodeTimeout(fields),
    successExitCodes: decodeExitCodes(fields),
    ...(cancelGraceNs !== undefined && { cancelGraceNs }),
    cwd: fields.optionalString('cwd') || '/',
    env: decodeEnvironment(fields, templates),
    ...(user !== undefined && user !== '' && { user }),
  };
}

function decodeExec(fields: Fields, templates: ArgumentTemplates): ActionCommand {
  for (const key of ['script', 'argv']) {
    if (fields.has(key)) throw fields.problem(key, 'kind', 'does not apply to the kind exec');
  }
  const command = fields.map('command', ['binary', 'argv']);
  const binary = command.string('binary');
  const isBare = !/[/\\\0]/.test(binary) && binary !== '.' && binary !== '..';
  if (!isBare && binary !== '/bin/sh') {
    throw command.problem('binary', 'binary', 'must be a bare program name (or /bin/sh)');
  }
  return { kind: 'exec', binary, argv: templates.list(command, 'argv') };
}

function decodeScript(fields: Fields, templates: ArgumentTemplates): ActionCommand {
  if (fields.has('command')) throw fields.problem('command', 'kind', 'does not apply to the kind script');
  const script = fields.map('script', ['path', 'interpreter']);
  const interpreter = script.optionalString('interpreter') || '/bin/sh';
  return {
    kind: 'script',
    scriptPath: script.string('path'),
    interpreter,
    argv: templates.list(fields, 'argv'),
  };
}

function decodeTimeout(fields: Fields): BoundedDefault {
  fields.required('timeout');
  const value = durationNumber(fields, 'timeout') ?? 0;
  if (value <= 0) throw fields.problem('timeout', 'range', 'must be above 0');
  return boundedBy(
    fields,
    'timeout',
    value,
    durationNumber(fields, 'timeout_min'),
    durationNumber(fields, 'timeout_max'),
  );
}

/** A default with its optional bounds: min ≤ default ≤ max. */
export function boundedBy(
  fields: Fields,
  key: string,
  value: number,
  min?: number,
  max?: number,
): BoundedDefault {
  if (min !== undefined && (min <= 0 || min > value)) {
    throw fields.problem(`${key}_min`, 'range', `must be above 0 and not exceed ${key}`);
  }
  if (max !== undefined && max < value)
    throw fields.problem(`${key}_max`, 'range', `must not be below ${key}`);
  return { value, ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
}

function durationNumber(fields: Fields, key: string): number | undefined {
  const durationNs = fields.duration(key);
  if (durationNs === undefined) return undefined;
  if (durationNs < 0n) throw fields.problem(key, 'range', 'must not be negative');
  // Every consumer of a descriptor reads nanoseconds as a JSON number; beyond 2^53 that would not be exact.
  if (durationNs > BigInt(Number.MAX_SAFE_INTEGER))
    throw fields.problem(key, 'range', 'must be at most 104 days');
  return Number(durationNs);
}

function decodeExitCodes(fields: Fields): number[] {
  const codes = fields.integers('success_exit_codes');
  codes.forEach((code, index) => {
    const at = `success_exit_codes[${index}]`;
    if (code < 1 || code > 255) throw fields.problem(at, 'range', 'must be between 1 and 255');
    if (codes.indexOf(code) !== index) throw fields.problem(at, 'unique', 'stands twice');
  });
  return codes;
}

function decodeEnvironment(fields: Fields, templates: ArgumentTemplates): Map<string, Template> {
  const env = new Map<string, Template>();
  for (const [name, text] of Object.entries(fields.stringMap('env'))) {
    const at = `env.${name.slice(0, 80).replace(/[^ -~]/g, '?')}`;
    if (name === '' || /[=\0]/.test(name)) throw fields.problem(at, 'env', 'is not a variable name');
    if (/^(LD_|DYLD_)/.test(name) || name === 'BASH_ENV') {
      throw fields.problem(at, 'env', 'would change which code the program loads');
    }
    env.set(name, templates.one(fields, at, text));
  }
  return env;
}
