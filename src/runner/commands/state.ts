// `emisar state`: the very message that this host would advertise; and whether what it remembers can be read.
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { hostFactsOf } from '../host-engine.ts';
import { DispatchLog } from '../link/dispatch-log.ts';
import { describeRunner } from '../link/runner-state.ts';
import { loadWithWarnings } from './action-list.ts';
import { printJson } from './print.ts';
import { configFor, refuseJson, type Toolbox } from './toolbox.ts';

export function addState(program: Command, toolbox: Toolbox): void {
  const command = program
    .command('state')
    .description('what this host would advertise, as JSON')
    .allowExcessArguments(false);
  command.action(async () => {
    refuseJson(command, 'it prints JSON always');
    const config = await configFor(toolbox, command);
    const facts = hostFactsOf(config, toolbox.version, toolbox.env);
    printJson(toolbox.out, describeRunner(facts, loadWithWarnings(config.paths.packs, toolbox)));
  });
  addCheckDispatchLog(command, toolbox);
}

/** Spec runner-host 1: one line when it can be read, else the reason and the command that sets it aside. */
function addCheckDispatchLog(state: Command, toolbox: Toolbox): void {
  const command = state
    .command('check-dispatch-log')
    .description('whether the record of dispatches can be read; connect refuses to start on one that cannot')
    .option('--data-dir <dir>', 'where it lies, instead of the configured place');
  command.action(async ({ dataDir }: { dataDir?: string }) => {
    refuseJson(command, 'it prints one line');
    const folder =
      dataDir === undefined ? (await configFor(toolbox, command)).paths.dataDir : resolve(dataDir);
    const path = join(folder, 'dispatches.jsonl');
    const entries = await DispatchLog.inspect(path);
    toolbox.out(
      entries === null
        ? `ok: there is no dispatch log yet at ${path}\n`
        : `ok: ${entries} entries in ${path}\n`,
    );
  });
}
