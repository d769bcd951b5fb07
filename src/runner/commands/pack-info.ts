// `emisar pack info ID`: one pack in full: what it does, what it needs here, and how it is set up.
import type { Command } from 'commander';
import { actionRisks } from '../../packs/action.ts';
import { loadPacks } from '../../packs/load.ts';
import type { PackManifest } from '../../packs/manifest.ts';
import type { PackOnDisk } from '../../packs/pack-directory.ts';
import { bounded, neutralise } from '../../protocol/neutralise.ts';
import { isExecutable } from '../host/executables.ts';
import { printJson } from './print.ts';
import { configFor, flagsOf, UsageError, type Toolbox } from './toolbox.ts';

const WIDTH = 72;

export function addPackInfo(group: Command, toolbox: Toolbox): void {
  const command = group.command('info').description('one pack in full').argument('<id>', 'its id');
  command.action(async (id: string) => {
    const config = await configFor(toolbox, command);
    const pack = loadPacks(config.paths.packs).packs.find(({ manifest }) => manifest.id === id);
    if (!pack) throw new UsageError(`Cannot find the pack ${bounded(id, 80)}; see emisar pack list`);
    if (flagsOf(command).json) return printJson(toolbox.out, describeManifest(pack));
    const lines = [
      ...describePack(pack, toolbox.env['PATH'] ?? ''),
      ...describeSetup(pack.manifest, config.file === null ? null : config.execution.inheritEnv),
    ];
    toolbox.out(lines.map((line) => `${neutralise(line)}\n`).join(''));
  });
}

function describeManifest({ manifest, hash, actions, directory }: PackOnDisk): object {
  const { id, name, version, description, requires, setup } = manifest;
  return {
    id,
    name,
    version,
    description,
    requires,
    ...(setup && { setup }),
    hash,
    actions_count: actions.length,
    directory,
  };
}

function describePack({ manifest, hash, actions }: PackOnDisk, searchPath: string): string[] {
  const byRisk = actionRisks
    .map((risk) => ({ risk, count: actions.filter(({ action }) => action.risk === risk).length }))
    .filter(({ count }) => count > 0)
    .map(({ risk, count }) => `${count} ${risk}`);
  const needs = manifest.requires.binaries.map(
    (binary) => `${isExecutable(binary, searchPath) ? '✓' : '✗'} ${binary}`,
  );
  return [
    `${manifest.id}  ${manifest.name}  ${manifest.version}`,
    ...wrap(manifest.description),
    `Actions: ${actions.length} (${byRisk.join(', ')})`,
    ...(needs.length === 0 ? [] : [`Needs: ${needs.join('  ')}`]),
    `Hash: ${hash}`,
  ];
}

/** `inherited` is null where no configuration says what actions get. */
function describeSetup({ setup }: PackManifest, inherited: readonly string[] | null): string[] {
  if (!setup) return ['Setup: none; it needs no credentials'];
  const missing = setup.env.filter(({ name, required }) => required && inherited?.includes(name) === false);
  return [
    'Setup:',
    ...(setup.summary === undefined ? [] : wrap(setup.summary).map((line) => `  ${line}`)),
    ...setup.env.map(
      ({ name, required, description = '', default: standard }) =>
        `  ${name}${required ? ' (required)' : ''}  ${description}${standard === undefined ? '' : ` (default ${standard})`}`,
    ),
    ...(missing.length === 0
      ? []
      : [`  warning: not in execution.inherit_env: ${missing.map(({ name }) => name).join(', ')}`]),
    ...setup.notes.flatMap((note) => wrap(note).map((line) => `  ${line}`)),
    ...(setup.verify === undefined
      ? []
      : [`Verify: emisar action run ${setup.verify} --reason "verify install"`]),
  ];
}

function wrap(text: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    if (line !== '' && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return line === '' ? lines : [...lines, line];
}
