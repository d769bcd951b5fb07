// `emisar action describe ID`: one action in full, as JSON.
import type { Command } from 'commander';
import { bounded } from '../../protocol/neutralise.ts';
import { describe, loadWithWarnings } from './action-list.ts';
import { printJson } from './print.ts';
import { configFor, refuseJson, UsageError, type Toolbox } from './toolbox.ts';

export function addActionDescribe(group: Command, toolbox: Toolbox): void {
  const command = group
    .command('describe')
    .description('one action in full, as JSON')
    .argument('<id>', 'its id');
  command.action(async (id: string) => {
    refuseJson(command, 'it prints JSON always');
    const config = await configFor(toolbox, command);
    const found = loadWithWarnings(config.paths.packs, toolbox).actions.get(id);
    if (!found) throw new UsageError(`Cannot find the action ${bounded(id, 128)}; see emisar action list`);
    printJson(toolbox.out, describe(found, toolbox));
  });
}
