// `emisar version`: what runs here, and on what.
import type { Command } from 'commander';
import { printJson } from './print.ts';
import { flagsOf, type Toolbox } from './toolbox.ts';

export function addVersion(program: Command, toolbox: Toolbox): void {
  const command = program.command('version').description('the version of this program');
  command.action(() => {
    const { version } = toolbox;
    const runtime = `node ${process.versions.node}`;
    if (flagsOf(command).json) {
      return printJson(toolbox.out, { version, runtime, os: process.platform, arch: process.arch });
    }
    toolbox.out(`emisar ${version}\nruntime: ${runtime}\nplatform: ${process.platform}/${process.arch}\n`);
  });
}
