// `emisar doctor`: everything that has to be right before this host works, each on one line, with what is wrong.
import type { Command } from 'commander';
import { neutralise } from '../../protocol/neutralise.ts';
import { externalIdOf } from '../config.ts';
import type { RunnerConfig } from '../config-file.ts';
import { checkCloud } from './doctor-cloud.ts';
import { checkHost, type Check } from './doctor-checks.ts';
import { printJson } from './print.ts';
import { configFor, flagsOf, type Toolbox } from './toolbox.ts';

const glyphs = { ok: '✓', warn: '⚠', fail: '✗' } as const;
const NAME_WIDTH = 12;

export function addDoctor(program: Command, toolbox: Toolbox): void {
  const command = program.command('doctor').description('what is right and what is wrong on this host');
  command.action(async () => {
    const checks = await allChecks(toolbox, command);
    const counts = {
      passed: checks.filter(({ status }) => status === 'ok').length,
      warnings: checks.filter(({ status }) => status === 'warn').length,
      failed: checks.filter(({ status }) => status === 'fail').length,
    };
    const worst = counts.failed > 0 ? 'fail' : counts.warnings > 0 ? 'warn' : 'ok';
    if (flagsOf(command).json) printJson(toolbox.out, { status: worst, ...counts, checks });
    else tell(toolbox, checks, counts);
    if (worst === 'fail') toolbox.exitCode = 1;
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

function tell(
  toolbox: Toolbox,
  checks: readonly Check[],
  counts: { readonly passed: number; readonly warnings: number; readonly failed: number },
): void {
  for (const { name, status, detail } of checks)
    toolbox.out(`  ${glyphs[status]}  ${name.padEnd(NAME_WIDTH)}  ${neutralise(detail)}\n`);
  toolbox.out(`${counts.passed} passed, ${counts.warnings} warnings, ${counts.failed} failed\n`);
}
