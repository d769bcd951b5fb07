// `emisar pack list`: the packs on this host with their hashes.
import type { Command } from 'commander';
import { loadPacks } from '../../packs/load.ts';
import { printJson, printTable } from './print.ts';
import { configFor, flagsOf, type Toolbox } from './toolbox.ts';

const SHOWN_HASH_LENGTH = 'sha256:'.length + 12;

export function addPackList(group: Command, toolbox: Toolbox): void {
  const command = group.command('list').description('the packs on this host');
  command.action(async () => {
    const { packs } = loadPacks((await configFor(toolbox, command)).paths.packs);
    if (flagsOf(command).json) {
      const described = packs.map(({ manifest, hash, actions, directory }) => ({
        id: manifest.id,
        name: manifest.name,
        version: manifest.version,
        description: manifest.description,
        hash,
        actions_count: actions.length,
        directory,
      }));
      return printJson(toolbox.out, described);
    }
    printTable(
      toolbox.out,
      ['ID', 'VERSION', 'ACTIONS', 'HASH', 'DESCRIPTION'],
      packs.map(({ manifest, hash, actions }) => [
        ...[manifest.id, manifest.version, String(actions.length)],
        ...[hash.slice(0, SHOWN_HASH_LENGTH), manifest.description],
      ]),
    );
  });
}
