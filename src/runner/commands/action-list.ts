// `emisar action list`: every action of the packs on this host, whether admission lets it through or not.
import type { Command } from 'commander';
import { describeAction, primaryExecutable } from '../../packs/descriptor.ts';
import { loadPacksLeniently, type ActionInPack, type PackSet } from '../../packs/load.ts';
import { isExecutable } from '../host/executables.ts';
import { printJson, printTable } from './print.ts';
import { configFor, flagsOf, type Toolbox } from './toolbox.ts';

export function addActionList(group: Command, toolbox: Toolbox): void {
  const command = group.command('list').description('every action of the packs on this host');
  command.action(async () => {
    const config = await configFor(toolbox, command);
    const actions = sortedActions(loadWithWarnings(config.paths.packs, toolbox));
    if (flagsOf(command).json)
      return printJson(
        toolbox.out,
        actions.map((found) => describe(found, toolbox)),
      );
    printTable(
      toolbox.out,
      ['ID', 'PACK', 'KIND', 'RISK', 'TITLE'],
      actions.map(({ action, packId }) => [action.id, packId, action.kind, action.risk, action.title]),
    );
  });
}

/** Loads what can be loaded; what cannot is named on standard error. */
export function loadWithWarnings(paths: readonly string[], toolbox: Toolbox): PackSet {
  const set = loadPacksLeniently(paths);
  for (const { reason } of set.degraded) toolbox.err(`warning: pack left out: ${reason}\n`);
  return set;
}

/** The definition as this host would advertise it. */
export function describe({ action, packId }: ActionInPack, toolbox: Toolbox) {
  return describeAction(action, packId, isExecutable(primaryExecutable(action), toolbox.env['PATH'] ?? ''));
}

function sortedActions(set: PackSet): ActionInPack[] {
  return [...set.actions.values()].sort((a, b) => (a.action.id < b.action.id ? -1 : 1));
}
