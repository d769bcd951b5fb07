// What `emisar doctor` looks at on this host, one check each. None changes anything, and none stops the others.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { guarded, type Check, type Finding } from '../../doctor/report.ts';
import { primaryExecutable } from '../../packs/descriptor.ts';
import { loadPacksLeniently, type PackSet } from '../../packs/load.ts';
import { tokenPathOf } from '../config.ts';
import type { RunnerConfig } from '../config-file.ts';
import { createIsolation } from '../execution/isolation.ts';
import { isExecutable } from '../host/executables.ts';
import { verdictOf } from '../journal/verify-journal.ts';
import { DispatchLog } from '../link/dispatch-log.ts';
import { readTokenFile } from '../link/token-file.ts';
import type { Toolbox } from './toolbox.ts';

const SHOWN_PACKS = 12;

/** Everything but the control plane, in the order in which it is shown. */
export async function checkHost(config: RunnerConfig, toolbox: Toolbox): Promise<Check[]> {
  const packs = loadPacksLeniently(config.paths.packs);
  return [
    await guarded('credential', () => checkCredential(config, toolbox)),
    await guarded('dispatch log', () => checkDispatchLog(config)),
    await guarded('journal', () => checkJournal(config)),
    checkPackDirs(config),
    checkPacks(packs),
    checkTools(packs, toolbox.env['PATH'] ?? ''),
    await guarded('isolation', () => checkIsolation(config, toolbox)),
    checkSigning(config),
  ];
}

async function checkCredential(config: RunnerConfig, toolbox: Toolbox): Promise<Finding> {
  const path = tokenPathOf(config);
  if (await readTokenFile(path)) return { status: 'ok', detail: `runner token in ${path}` };
  const key = config.cloud.keyEnv.find((name) => toolbox.env[name]?.trim());
  if (key !== undefined)
    return { status: 'ok', detail: `no runner token yet; registers with the key in ${key}` };
  const detail = `no runner token in ${path} and no enrollment key in ${config.cloud.keyEnv.join(' or ')}`;
  return { status: 'fail', detail: `${detail}; mint one with emisar-console keys mint` };
}

async function checkDispatchLog(config: RunnerConfig): Promise<Finding> {
  const entries = await DispatchLog.inspect(join(config.paths.dataDir, 'dispatches.jsonl'));
  return { status: 'ok', detail: entries === null ? 'none yet' : `${entries} entries` };
}

async function checkJournal(config: RunnerConfig): Promise<Finding> {
  const { jsonlPath } = config.events;
  if (!existsSync(jsonlPath)) return { status: 'ok', detail: `none yet in ${jsonlPath}` };
  const { verdict } = await verdictOf(jsonlPath);
  if (verdict.intact) return { status: 'ok', detail: `${verdict.lines ?? 0} events, chain intact` };
  return { status: 'fail', detail: `${verdict.error}; see emisar audit verify --all` };
}

function checkPackDirs({ paths }: RunnerConfig): Check {
  const name = 'pack dirs';
  const missing = paths.packs.filter((path) => !existsSync(path));
  if (missing.length > 0) return { name, status: 'warn', detail: `missing: ${missing.join(', ')}` };
  return { name, status: 'ok', detail: paths.packs.join(', ') };
}

function checkPacks({ packs, degraded }: PackSet): Check {
  const name = 'packs';
  if (degraded.length > 0) {
    const broken = degraded.map(({ pack, reason }) => `${pack}: ${reason}`).join('; ');
    return { name, status: 'fail', detail: `${degraded.length} cannot be loaded: ${broken}` };
  }
  if (packs.length === 0) return { name, status: 'warn', detail: 'none loaded' };
  const shown = packs.slice(0, SHOWN_PACKS).map(({ manifest }) => `${manifest.id}@${manifest.version}`);
  const more = packs.length > SHOWN_PACKS ? ` +${packs.length - SHOWN_PACKS} more` : '';
  return { name, status: 'ok', detail: `${packs.length}: ${shown.join(', ')}${more}` };
}

function checkTools({ actions }: PackSet, searchPath: string): Check {
  const name = 'action tools';
  const missing = new Map<string, string>();
  for (const [id, { action }] of actions) {
    const program = primaryExecutable(action);
    if (!missing.has(program) && !isExecutable(program, searchPath)) missing.set(program, id);
  }
  if (missing.size === 0)
    return { name, status: 'ok', detail: 'every program that an action starts is there' };
  const shown = [...missing].map(([program, id]) => `${program} (${id})`).join(', ');
  return { name, status: 'warn', detail: `not on the PATH: ${shown}` };
}

async function checkIsolation(config: RunnerConfig, toolbox: Toolbox): Promise<Finding> {
  const { requireIsolation } = config.execution;
  const isolate = createIsolation({ environment: toolbox.env, requireIsolation });
  const launch = await isolate({ program: '/bin/true', argv: [], allowsSetuid: false });
  if ('refused' in launch) return { status: 'fail', detail: launch.refused };
  if (launch.isIsolated) return { status: 'ok', detail: `actions are started by ${launch.program}` };
  return { status: 'warn', detail: 'actions run without it, as execution.require_isolation: false says' };
}

function checkSigning({ signing }: RunnerConfig): Check {
  const name = 'signing';
  if (!signing.isEnforced) return { name, status: 'ok', detail: 'not enforced' };
  const authorities = signing.authorities.map(({ caId }) => caId).join(', ');
  const detail = `only signed dispatches run; trusted: ${authorities}; at most ${signing.maxAgeMs / 1_000} s old`;
  return { name, status: 'ok', detail };
}
