// The command line of `emisar`: which commands there are, and the one line that says what went wrong.
import { Command, CommanderError } from 'commander';
import { PackProblem } from '../packs/pack-problem.ts';
import { Refusal } from '../protocol/errors.ts';
import { addActionDescribe } from './commands/action-describe.ts';
import { addActionList } from './commands/action-list.ts';
import { addActionRun } from './commands/action-run.ts';
import { addAuditVerify } from './commands/audit-verify.ts';
import { addConnect, EndOfService } from './connect.ts';
import { addDoctor } from './commands/doctor.ts';
import { addEventsTail } from './commands/events-tail.ts';
import { addPackInfo } from './commands/pack-info.ts';
import { addPackList } from './commands/pack-list.ts';
import { addPackValidate } from './commands/pack-validate.ts';
import { addState } from './commands/state.ts';
import { addGroup, UsageError, type Toolbox } from './commands/toolbox.ts';
import { addVersion } from './commands/version.ts';
import { configPlaces } from './config.ts';

function buildProgram(toolbox: Toolbox): Command {
  const program = new Command('emisar');
  program
    .description('Runs declared actions on this host, and nothing else')
    .version(`emisar version ${toolbox.version}`, '--version', 'print the version')
    .option('--config <path>', 'configuration file')
    .option(
      '--packs-dir <dir>',
      'directory of packs, instead of the configured ones (repeatable)',
      collectPaths,
    )
    .option('--json', 'print JSON, where a command can')
    .addHelpText('after', () => `\nPaths:\n  config  ${configPlaces(toolbox.env).join(', ')}`)
    .exitOverride()
    .configureOutput({ writeOut: toolbox.out, writeErr: toolbox.err, outputError: () => {} })
    .allowExcessArguments()
    .action(() => {
      const [unknown] = program.args;
      if (unknown === undefined) return program.outputHelp();
      throw new UsageError(`Cannot run "emisar ${unknown}": there is no such command; see emisar --help`);
    });
  addConnect(program, toolbox);
  addState(program, toolbox);
  addDoctor(program, toolbox);
  const action = addGroup(program, 'action', 'actions', 'the actions of this host');
  addActionList(action, toolbox);
  addActionDescribe(action, toolbox);
  addActionRun(action, toolbox);
  const pack = addGroup(program, 'pack', 'packs', 'the packs of this host');
  addPackList(pack, toolbox);
  addPackInfo(pack, toolbox);
  addPackValidate(pack, toolbox);
  addEventsTail(addGroup(program, 'events', null, 'what happened on this host'), toolbox);
  addAuditVerify(addGroup(program, 'audit', null, 'whether its record can be believed'), toolbox);
  addVersion(program, toolbox);
  refuseSurplus(program);
  return program;
}

// Groups take a word too many to name it in their own sentence, and their commands inherit that.
function refuseSurplus(command: Command): void {
  if (command.commands.length === 0) command.allowExcessArguments(false);
  for (const inner of command.commands) refuseSurplus(inner);
}

function collectPaths(value: string, before: string[] = []): string[] {
  return [...before, ...value.split(',').filter((path) => path !== '')];
}

/** Runs one command line; the answer is the exit code. */
export async function run(argv: readonly string[], toolbox: Toolbox): Promise<number> {
  try {
    await buildProgram(toolbox).parseAsync(argv, { from: 'user' });
    return toolbox.exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    toolbox.err(`error: ${sentenceOf(error)}\n`);
    return error instanceof EndOfService ? error.exitCode : 1;
  }
}

function sentenceOf(error: unknown): string {
  if (error instanceof CommanderError) {
    const said = error.message.replace(/^error: /, '').split('\n')[0] ?? '';
    return `${said.replace(/\.$/, '')}; see emisar --help`;
  }
  if (error instanceof UsageError || error instanceof PackProblem) return error.message;
  if (error instanceof Refusal) {
    return error.message === error.fix || error.message.includes(';')
      ? error.message
      : `${error.message}. ${error.fix}`;
  }
  // Anything else is a fault of this program: the stack is what helps to mend it.
  return `internal fault: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}
