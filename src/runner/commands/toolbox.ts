// What every command is given, and the flags that stand for all of them.
import type { Command } from 'commander';
import type { Clock } from '../clock.ts';
import { loadConfig, type Environment } from '../config.ts';
import type { RunnerConfig } from '../config-file.ts';
import type { Write } from './print.ts';

export interface Toolbox {
  readonly env: Environment;
  readonly version: string;
  /** Where the program lies. */
  readonly programDir: string;
  readonly clock: Clock;
  readonly out: Write;
  readonly err: Write;
  /** Standard output is a terminal. */
  readonly isTerminal?: boolean;
  /** Becomes the exit code when the command has ended. */
  exitCode: number;
}

export interface GlobalFlags {
  readonly config?: string;
  readonly packsDir?: string[];
  readonly json?: boolean;
}

/** An operator's mistake; main.ts writes the sentence once and exits with 1. */
export class UsageError extends Error {}

export function flagsOf(command: Command): GlobalFlags {
  return command.optsWithGlobals<GlobalFlags>();
}

export function configFor(toolbox: Toolbox, command: Command): Promise<RunnerConfig> {
  const { config, packsDir } = flagsOf(command);
  return loadConfig({
    configPath: config,
    packsDirs: packsDir,
    env: toolbox.env,
    programDir: toolbox.programDir,
  });
}

/** Refuses `--json` where it would change nothing: a pipe must never get plain text for it, or get it twice. */
export function refuseJson(command: Command, because: string): void {
  if (flagsOf(command).json)
    throw new UsageError(`Cannot use --json with ${commandPath(command)}: ${because}`);
}

/** A group such as `pack`: prints its help without a verb, and refuses a verb that it does not know. */
export function addGroup(program: Command, name: string, alias: string | null, description: string): Command {
  const group = program.command(name).description(description).allowExcessArguments();
  if (alias !== null) group.alias(alias);
  return group.action(() => {
    const [unknown] = group.args;
    if (unknown === undefined) return group.outputHelp();
    throw new UsageError(
      `Cannot run "emisar ${name} ${unknown}": there is no such command; see emisar ${name} --help`,
    );
  });
}

export function commandPath(command: Command): string {
  const parent = command.parent;
  return parent === null ? command.name() : `${commandPath(parent)} ${command.name()}`;
}
