// Everything that is decided before a process exists: program, arguments, environment, limits, and what of it
// may be shown. Pure but for looking up the program and the script.
import { statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import type { ArgumentValues } from '../../packs/arguments.ts';
import { sha256Hex } from '../../packs/hash.ts';
import { effectiveLimit } from '../../packs/limits.ts';
import type { ActionInPack } from '../../packs/load.ts';
import { readPackFile } from '../../packs/pack-directory.ts';
import { PackProblem } from '../../packs/pack-problem.ts';
import { redactText, type Redaction } from '../../packs/redaction.ts';
import { renderArgv } from '../../packs/template.ts';
import { approximately, type RawJson } from '../../protocol/exact-json.ts';
import type { WireRunOptions } from '../../protocol/frames.ts';
import { showCommand, type ShownCommand } from './command-line.ts';
import { childEnvironment, type ChildEnvironment } from './environment.ts';
import { findProgram } from './program-path.ts';

export interface PreparedCommand {
  /** As the action names it. */
  readonly binary: string;
  /** Absolute. */
  readonly program: string;
  readonly argv: readonly string[];
  readonly maskedArgv: readonly string[];
  readonly shown: ShownCommand;
  readonly environment: ChildEnvironment;
  readonly actionVariables: readonly string[];
  readonly cwd: string;
  readonly timeoutNs: number;
  readonly graceMs: number;
  readonly maxStdoutBytes: number;
  readonly maxStderrBytes: number;
  readonly scriptSha256?: string;
}

export interface PrepareSettings {
  readonly inheritEnv: readonly string[];
  readonly cancelGraceMs: number;
  readonly environment: NodeJS.ProcessEnv;
}
export type PrepareAnswer =
  | { readonly ok: true; readonly command: PreparedCommand }
  | { readonly ok: false; readonly because: string };

/** Prepares one call, or says why it cannot be started. */
export function prepareCommand(
  found: ActionInPack,
  values: ArgumentValues,
  opts: WireRunOptions | undefined,
  redaction: Redaction,
  settings: PrepareSettings,
): PrepareAnswer {
  const { execution, output } = found.action;
  const { command } = execution;
  const rendered = renderArgv(command.argv, values);
  if (!rendered.ok) return cannot(rendered.because);
  const environment = childEnvironment(execution.env, values, settings.inheritEnv, settings.environment);
  if (!environment.ok) return cannot(environment.because);
  const binary = command.kind === 'exec' ? command.binary : command.interpreter;
  const program = findProgram(binary, settings.environment);
  if (program === null) return cannot(`${binary} is not an executable on the PATH of the runner`);
  if (!isFolder(execution.cwd)) return cannot(`the working directory ${execution.cwd} does not exist`);
  const script = readScript(found);
  if (script && 'fault' in script) return cannot(script.fault);
  const argv = [...(script ? [script.absolutePath] : []), ...rendered.value];
  if (argv.some((element) => element.includes('\0'))) return cannot('an argument holds a null character');
  const maskedArgv = argv.map((element) => redactText(redaction, element).text);
  return {
    ok: true,
    command: {
      binary,
      program,
      argv,
      maskedArgv,
      shown: showCommand(binary, maskedArgv, redaction),
      environment: environment.value,
      actionVariables: [...execution.env.keys()].sort(),
      cwd: execution.cwd,
      timeoutNs: effectiveLimit(execution.timeoutNs, wanted(opts?.timeout)),
      graceMs: execution.cancelGraceNs === undefined ? settings.cancelGraceMs : execution.cancelGraceNs / 1e6,
      maxStdoutBytes: effectiveLimit(output.maxStdoutBytes, wanted(opts?.max_stdout_bytes)),
      maxStderrBytes: effectiveLimit(output.maxStderrBytes, wanted(opts?.max_stderr_bytes)),
      ...(found.scriptSha256 !== undefined && { scriptSha256: found.scriptSha256 }),
    },
  };
}

/** Why a script may not start: its bytes are not those that were hashed. Asked just before the start. */
export function scriptFault(found: ActionInPack): string | null {
  const script = readScript(found);
  if (script === null) return null;
  if ('fault' in script) return script.fault;
  return sha256Hex(script.bytes) === found.scriptSha256
    ? null
    : `the script ${script.absolutePath} changed since the pack was loaded`;
}

function readScript(
  found: ActionInPack,
): { absolutePath: string; bytes: Uint8Array } | { fault: string } | null {
  const { command } = found.action.execution;
  if (command.kind !== 'script') return null;
  try {
    return readPackFile(found.pack, command.scriptPath);
  } catch (error) {
    if (!(error instanceof PackProblem)) throw error;
    return { fault: `the script cannot be read again: ${error.message}` };
  }
}

function isFolder(path: string): boolean {
  try {
    return isAbsolute(path) && statSync(path).isDirectory();
  } catch {
    return false;
  }
}

// Limits stay far below what a double holds exactly, so the nearest number clamps the same.
function wanted(value: number | RawJson | undefined): number | undefined {
  return value === undefined ? undefined : approximately(value);
}

function cannot(because: string): PrepareAnswer {
  return { ok: false, because };
}
