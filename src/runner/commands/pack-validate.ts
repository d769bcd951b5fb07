// `emisar pack validate PATH`: reads one pack as strictly as the daemon would.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { unmarkedSecretArguments } from '../../packs/action.ts';
import { loadPackDirectory } from '../../packs/pack-directory.ts';
import { printJson } from './print.ts';
import { flagsOf, UsageError, type Toolbox } from './toolbox.ts';

export function addPackValidate(group: Command, toolbox: Toolbox): void {
  const command = group
    .command('validate')
    .description('check one pack and print its hash')
    .argument('<path>', 'its directory');
  command.action((path: string) => {
    if (!existsSync(resolve(path, 'pack.yaml'))) {
      throw new UsageError(
        `Cannot validate ${path}: there is no pack.yaml in it; name the directory of a pack`,
      );
    }
    const { manifest, actions, hash } = loadPackDirectory(resolve(path));
    for (const { action } of actions) {
      for (const name of unmarkedSecretArguments(action)) {
        toolbox.err(
          `warning: ${action.id}: the argument ${name} looks like a secret; mark it sensitive: true\n`,
        );
      }
    }
    if (flagsOf(command).json) {
      return printJson(toolbox.out, { pack_id: manifest.id, actions: actions.length, hash });
    }
    toolbox.out(`${manifest.id}: ${actions.length} actions, valid\nhash: ${hash}\n`);
  });
}
