// `emisar doctor`: everything that has to be right before this host works, each on one line, with what is wrong.
import type { Command } from 'commander';
import { reportLines, reportOf, type Check } from '../../doctor/report.ts';
import { externalIdOf } from '../config.ts';
import type { RunnerConfig } from '../config-file.ts';
import { checkCloud } from './doctor-cloud.ts';
import { checkHost } from './doctor-checks.ts';
import { printJson } from './print.ts';
import { configFor, flagsOf, type Toolbox } from './toolbox.ts';

export function addDoctor(program: Command, toolbox: Toolbox): void {
  const command = program.command('doctor').description('what is right and what is wrong on this host');
  command.action(async () => {
    const report = reportOf(await allChecks(toolbox, command));
    if (flagsOf(command).json) printJson(toolbox.out, report);
    else for (const line of reportLines(report)) toolbox.out(`${line}\n`);
    if (report.status === 'fail') toolbox.exitCode = 1;
  });
}

// Without a configuration there is nothing else to look at.
async function allChecks(toolbox: Toolbox, command: Command): Promise<Check[]> {
  let config: RunnerConfig;
  let detail: string;
  try {
    config = await configFor(toolbox, command);
    detail = `${config.file ?? 'built-in values'}, group ${config.runner.group}, id ${externalIdOf(config)}`;
  } catch (error) {
    return [
      { name: 'config', status: 'fail', detail: error instanceof Error ? error.message : String(error) },
    ];
  }
  const host = await checkHost(config, toolbox);
  return [{ name: 'config', status: 'ok', detail }, ...host, await checkCloud(config, toolbox.clock)];
}
