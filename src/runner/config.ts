// Which configuration holds: the file that is found, or the built-in values of the one-line start. Also the
// enrollment key, which is read once and then removed from the environment. The file's keys are config-file.ts.
import { existsSync, statSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { Refusal } from '../protocol/errors.ts';
import { bounded } from '../protocol/neutralise.ts';
import {
  cloudDefaults,
  decodeConfig,
  defaultKeyEnv,
  eventDefaults,
  executionDefaults,
} from './config-file.ts';
import type { ConfigOverrides, RunnerConfig } from './config-file.ts';
import { signingDefaults } from './config-signing.ts';
import { readTrustedFile } from './host/trusted-file.ts';

export type Environment = Record<string, string | undefined>;

export interface ConfigRequest {
  /** `--config`. */
  readonly configPath?: string | undefined;
  /** `--packs-dir`, replacing the configured directories. */
  readonly packsDirs?: readonly string[] | undefined;
  readonly env: Environment;
  /** Where the program lies; the packs that it brings are looked for above it. */
  readonly programDir: string;
}

/** Finds and reads the configuration; throws a Refusal or PackProblem whose sentence names the fix. */
export async function loadConfig(request: ConfigRequest): Promise<RunnerConfig> {
  const file = findConfigFile(request);
  const config =
    file === null
      ? builtInConfig(request)
      : decodeConfig(await readTrustedFile(file), file, overridesOf(request.env));
  const packs = request.packsDirs?.map((path) => resolve(path));
  return packs && packs.length > 0 ? { ...config, paths: { ...config.paths, packs } } : config;
}

/** Every place that is looked at, in order, when no file is named. */
export function configPlaces(env: Environment): string[] {
  return ['/etc/emisar/config.yaml', join(env['HOME'] || homedir(), '.config/emisar/config.yaml')];
}

/**
 * The file that holds; null for the built-in values: none was named, and none is there or EMISAR_DATA_DIR, which
 * only the built-in values know, says that this runner is not the one that is installed on the host.
 */
export function findConfigFile(request: Pick<ConfigRequest, 'configPath' | 'env'>): string | null {
  const named = request.configPath || request.env['EMISAR_CONFIG'];
  if (named) return resolve(named);
  if (request.env['EMISAR_DATA_DIR']) return null;
  return configPlaces(request.env).find(isRegularFile) ?? null;
}

function isRegularFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function overridesOf(env: Environment): ConfigOverrides {
  return {
    url: env['EMISAR_URL'] ?? '',
    group: env['EMISAR_GROUP'] ?? '',
    id: env['EMISAR_RUNNER_ID'] ?? '',
    labels: labelsOf(env),
  };
}

/** EMISAR_LABEL_ROLE=db is the label role=db; an empty one counts as absent. */
function labelsOf(env: Environment): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    const key = /^EMISAR_LABEL_([A-Z0-9_]+)$/.exec(name)?.[1];
    if (key !== undefined && value) labels[key.toLowerCase()] = value;
  }
  return labels;
}

/** What holds without any file: enough to start with EMISAR_URL and a key alone. */
export function builtInConfig(request: ConfigRequest): RunnerConfig {
  const { env } = request;
  const home = env['HOME'] || homedir();
  const stateHome = absolute(env['XDG_STATE_HOME']) ?? join(home, '.local/state');
  const configHome = absolute(env['XDG_CONFIG_HOME']) ?? join(home, '.config');
  const dataDir = env['EMISAR_DATA_DIR'] ? resolve(env['EMISAR_DATA_DIR']) : join(stateHome, 'emisar/runner');
  return {
    file: null,
    runner: {
      id: env['EMISAR_RUNNER_ID']?.trim() || null,
      group: (env['EMISAR_GROUP']?.trim() || hostname()).slice(0, 80),
      labels: labelsOf(env),
    },
    cloud: { ...cloudDefaults, url: env['EMISAR_URL'] ?? '' },
    paths: {
      dataDir,
      packs: [...shippedPacks(request), join(dataDir, 'packs')],
      protected: [
        ...[join(stateHome, 'emisar'), join(configHome, 'emisar'), join(configHome, 'emisar-console')],
        ...(env['EMISAR_PROTECTED_PATHS'] ?? '').split(':').filter(isAbsolute),
      ],
    },
    execution: executionDefaults,
    admission: { allow: [], deny: [], maxRisk: null },
    signing: signingDefaults,
    events: { ...eventDefaults, jsonlPath: join(dataDir, 'events.jsonl') },
    redaction: [],
  };
}

function absolute(path: string | undefined): string | null {
  return path && isAbsolute(path) ? path : null;
}

/** Where the packs that came with the program lie: all of them, or those that EMISAR_PACKS names. */
function shippedPacks({ programDir, env }: ConfigRequest): string[] {
  const shipped = shippedPacksDir(programDir);
  const wanted = env['EMISAR_PACKS'];
  if (wanted === undefined) return shipped === null ? [] : [shipped];
  const names = wanted.split(/[\s,]+/).filter((name) => name !== '');
  return names.map((name) => {
    const path = shipped === null || !/^[\w-][\w.-]*$/.test(name) ? null : join(shipped, name);
    if (path !== null && existsSync(join(path, 'pack.yaml'))) return path;
    throw new Refusal(
      'invalid_request',
      `Cannot use EMISAR_PACKS: no pack ${bounded(name, 80)} came with this program; name those in ${shipped ?? 'its folder of packs'}`,
    );
  });
}

/** The packs that came with the program: told from any other folder of that name by its catalogue. */
export function shippedPacksDir(programDir: string): string | null {
  for (const above of ['..', '../..']) {
    const folder = resolve(programDir, above, 'packs');
    if (existsSync(join(folder, 'catalogue.json'))) return folder;
  }
  return null;
}

/** The same, where a command cannot do without a place that is configured. */
export function requireConfigured(config: RunnerConfig, env: Environment): void {
  if (config.file !== null || config.cloud.url !== '') return;
  throw new Refusal(
    'invalid_request',
    `Cannot connect: no configuration in ${configPlaces(env).join(' or ')} and EMISAR_URL is not set; ` +
      'name a file with --config, or set EMISAR_URL and EMISAR_AUTH_KEY',
  );
}

/** Reads the enrollment key and removes it from `env`, so that no child can inherit it; null when there is none. */
export function takeEnrollmentKey(config: RunnerConfig, env: Environment): string | null {
  const found = config.cloud.keyEnv.map((name) => env[name]?.trim()).find((key) => key);
  for (const name of [...config.cloud.keyEnv, ...defaultKeyEnv]) delete env[name];
  return found ?? null;
}

/** `runner.id`, else the host name; a Refusal when neither gives 1 to 255 characters. */
export function externalIdOf(config: RunnerConfig, host: string = hostname()): string {
  const id = (config.runner.id ?? host).trim();
  if (id !== '' && id.length <= 255 && id.isWellFormed()) return id;
  throw new Refusal('invalid_external_id');
}

/** Where the runner token lies. */
export function tokenPathOf(config: RunnerConfig): string {
  return config.cloud.tokenPath ?? join(config.paths.dataDir, 'token.json');
}

/** Directories that path arguments of actions must stay out of: the runner's own files and what was named. */
export function protectedRootsOf(config: RunnerConfig): string[] {
  const roots = [
    ...(config.file === null ? [] : [dirname(config.file)]),
    config.paths.dataDir,
    ...(config.cloud.tokenPath === null ? [] : [dirname(config.cloud.tokenPath)]),
    ...journalFilesOf(config),
    ...config.paths.protected,
  ];
  return roots.filter((root) => isAbsolute(root) && root !== '/');
}

// File by file, because a journal may lie among logs that actions are meant to read.
function journalFilesOf({ events }: RunnerConfig): string[] {
  const { jsonlPath, maxBackups } = events;
  const suffixes = [
    '',
    '.heads',
    '.lock',
    '.sock',
    ...Array.from({ length: maxBackups }, (_no, index) => `.${index + 1}`),
  ];
  return suffixes.map((suffix) => jsonlPath + suffix);
}
