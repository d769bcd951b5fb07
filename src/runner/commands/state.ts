// `emisar state`: the very message that this host would advertise.
import type { Command } from 'commander';
import { hostFactsOf } from '../host-engine.ts';
import { describeRunner } from '../link/runner-state.ts';
import { loadWithWarnings } from './action-list.ts';
import { printJson } from './print.ts';
import { configFor, refuseJson, type Toolbox } from './toolbox.ts';

export function addState(program: Command, toolbox: Toolbox): void {
  const command = program.command('state').description('what this host would advertise, as JSON');
  command.action(async () => {
    refuseJson(command, 'it prints JSON always');
    const config = await configFor(toolbox, command);
    const facts = hostFactsOf(config, toolbox.version, toolbox.env);
    printJson(toolbox.out, describeRunner(facts, loadWithWarnings(config.paths.packs, toolbox)));
  });
}
