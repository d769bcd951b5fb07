// config.yaml as typed values: one strict document, unknown keys refused by file and key. Where the file is
// found and what replaces it is config.ts.
import { dirname, resolve } from 'node:path';
import { actionRisks, type ActionRisk } from '../packs/action.ts';
import { Fields } from '../packs/fields.ts';
import { locating } from '../packs/locate.ts';
import { decodeRedactionRules, type RedactionRule } from '../packs/redaction-rule.ts';
import { decodeYaml } from '../packs/yaml-document.ts';
import { decodeSigning, type SigningConfig } from './config-signing.ts';

export interface RunnerConfig {
  /** The file it came from; null for the built-in values. */
  readonly file: string | null;
  readonly runner: {
    /** Null: the host name is the identity. */
    readonly id: string | null;
    readonly group: string;
    readonly labels: Readonly<Record<string, string>>;
  };
  readonly cloud: {
    /** Empty: this host works on its own, and `connect` refuses. */
    readonly url: string;
    /** The variables that may hold the enrollment key, first one first. */
    readonly keyEnv: readonly string[];
    readonly allowInsecure: boolean;
    /** Null: beside the other files of the data directory. */
    readonly tokenPath: string | null;
    readonly caFile: string | null;
    readonly heartbeatEveryMs: number;
    readonly reconnectMinMs: number;
    readonly reconnectMaxMs: number;
  };
  readonly paths: {
    /** Empty when the file names none. */
    readonly dataDir: string;
    readonly packs: readonly string[];
    /** Directories that no action may read or write through a path argument, beside the runner's own. */
    readonly protected: readonly string[];
  };
  readonly execution: {
    readonly inheritEnv: readonly string[];
    readonly cancelGraceMs: number;
    readonly requireIsolation: boolean;
    /** Globs of action ids that may gain privileges through a setuid program. */
    readonly allowSetuid: readonly string[];
  };
  readonly admission: {
    readonly allow: readonly string[];
    readonly deny: readonly string[];
    readonly maxRisk: ActionRisk | null;
  };
  readonly signing: SigningConfig;
  readonly events: {
    readonly jsonlPath: string;
    readonly maxPreviewBytes: number;
    readonly maxSizeBytes: number;
    readonly maxBackups: number;
  };
  readonly redaction: readonly RedactionRule[];
}

export const defaultKeyEnv = ['EMISAR_AUTH_KEY', 'EMISAR_ENROLLMENT_KEY'] as const;

export const executionDefaults = {
  inheritEnv: [],
  cancelGraceMs: 30_000,
  requireIsolation: true,
  allowSetuid: [],
} as const satisfies RunnerConfig['execution'];

export const cloudDefaults = {
  keyEnv: defaultKeyEnv,
  allowInsecure: false,
  tokenPath: null,
  caFile: null,
  heartbeatEveryMs: 30_000,
  reconnectMinMs: 1_000,
  reconnectMaxMs: 60_000,
} as const satisfies Omit<RunnerConfig['cloud'], 'url'>;

export const eventDefaults = { maxPreviewBytes: 4096, maxSizeBytes: 104_857_600, maxBackups: 5 } as const;

/** Values of the environment that stand above the file's; an empty one counts as absent. */
export interface ConfigOverrides {
  readonly url?: string;
  readonly group?: string;
  readonly id?: string;
  /** Stand beside the file's, and above those of the same key. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** Reads the whole file; throws PackProblem naming file, line, key and rule. Relative paths are the file's directory's. */
export function decodeConfig(bytes: Uint8Array, file: string, overrides: ConfigOverrides): RunnerConfig {
  return locating(bytes, file, () => decodeAll(bytes, file, overrides));
}

function decodeAll(bytes: Uint8Array, file: string, overrides: ConfigOverrides): RunnerConfig {
  const root = new Fields(decodeYaml(bytes, file), file, '', [
    ...[
      'schema_version',
      'runner',
      'cloud',
      'paths',
      'execution',
      'admission',
      'signing',
      'events',
      'redaction',
    ],
  ]);
  root.schemaVersion();
  const redaction = root.optionalMap('redaction', ['rules']);
  return {
    file,
    runner: decodeRunner(root, overrides),
    cloud: decodeCloud(root, file, overrides),
    paths: decodePaths(root, file),
    execution: decodeExecution(root),
    admission: decodeAdmission(root),
    signing: decodeSigning(root),
    events: decodeEvents(root, file),
    redaction: redaction ? decodeRedactionRules(redaction, 'rules') : [],
  };
}

function decodeRunner(root: Fields, overrides: ConfigOverrides): RunnerConfig['runner'] {
  const section = root.optionalMap('runner', ['id', 'group', 'labels']);
  const group = (overrides.group || section?.optionalString('group') || '').trim();
  if (group === '') throw root.problem('runner.group', 'required', 'is required (or set EMISAR_GROUP)');
  if (group.length > 80) throw root.problem('runner.group', 'length', 'must be at most 80 characters');
  const id = (overrides.id || section?.optionalString('id') || '').trim();
  return {
    id: id === '' ? null : id,
    group,
    labels: { ...section?.stringMap('labels'), ...overrides.labels },
  };
}

function decodeCloud(root: Fields, file: string, overrides: ConfigOverrides): RunnerConfig['cloud'] {
  const section = root.optionalMap('cloud', [
    ...['url', 'enrollment_key_env', 'auth_key_env', 'allow_insecure', 'token_path', 'ca_file'],
    ...['heartbeat_every', 'reconnect_min', 'reconnect_max'],
  ]);
  const keyEnv = section?.optionalString('auth_key_env') || section?.optionalString('enrollment_key_env');
  return {
    url: overrides.url || (section?.optionalString('url') ?? ''),
    keyEnv: keyEnv ? [keyEnv] : defaultKeyEnv,
    allowInsecure: section?.boolean('allow_insecure') ?? false,
    tokenPath: pathOf(section, 'token_path', file),
    caFile: pathOf(section, 'ca_file', file),
    heartbeatEveryMs: milliseconds(section, 'heartbeat_every', cloudDefaults.heartbeatEveryMs),
    reconnectMinMs: milliseconds(section, 'reconnect_min', cloudDefaults.reconnectMinMs),
    reconnectMaxMs: milliseconds(section, 'reconnect_max', cloudDefaults.reconnectMaxMs),
  };
}

function decodePaths(root: Fields, file: string): RunnerConfig['paths'] {
  const section = root.optionalMap('paths', ['data_dir', 'packs', 'work_dir', 'protected']);
  const packs = section?.strings('packs') ?? [];
  return {
    dataDir: pathOf(section, 'data_dir', file) ?? '',
    packs: packs.length === 0 ? ['/etc/emisar/packs'] : packs.map((path) => resolve(dirname(file), path)),
    protected: (section?.strings('protected') ?? []).map((path) => resolve(dirname(file), path)),
  };
}

function decodeExecution(root: Fields): RunnerConfig['execution'] {
  const section = root.optionalMap('execution', [
    'inherit_env',
    'cancel_grace',
    'require_isolation',
    'allow_setuid',
  ]);
  if (!section) return executionDefaults;
  const inheritEnv = section.strings('inherit_env');
  for (const [index, name] of inheritEnv.entries()) {
    if (mayInherit(name)) continue;
    const sentence = 'must not reach actions: it would give them secrets or change what programs they run';
    throw section.problem(`inherit_env[${index}]`, 'inherit_env', sentence);
  }
  return {
    inheritEnv,
    cancelGraceMs: milliseconds(section, 'cancel_grace', executionDefaults.cancelGraceMs),
    requireIsolation: section.has('require_isolation') ? section.boolean('require_isolation') : true,
    allowSetuid: section.strings('allow_setuid'),
  };
}

/** False for variables that hold our own secrets or that make a program load foreign code. */
export function mayInherit(name: string): boolean {
  return (
    !/^(?:EMISAR_.*|LD_.*|DYLD_.*|NODE_OPTIONS|BASH_ENV)$/.test(name) && /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)
  );
}

function decodeAdmission(root: Fields): RunnerConfig['admission'] {
  const section = root.optionalMap('admission', ['allow', 'deny', 'max_risk']);
  return {
    allow: section?.strings('allow') ?? [],
    deny: section?.strings('deny') ?? [],
    maxRisk: section?.has('max_risk') ? section.choice('max_risk', actionRisks) : null,
  };
}

function decodeEvents(root: Fields, file: string): RunnerConfig['events'] {
  const section = root.map('events', ['jsonl_path', 'max_preview_bytes', 'max_size_bytes', 'max_backups']);
  const positive = (key: string, standard: number, most: number) => {
    const value = section.optionalInteger(key) ?? 0;
    if (value > most) throw section.problem(key, 'range', `must be at most ${most}`);
    if (value < 0 && key !== 'max_preview_bytes') throw section.problem(key, 'range', 'must not be negative');
    return value <= 0 ? standard : value;
  };
  return {
    jsonlPath: resolve(dirname(file), section.string('jsonl_path')),
    maxPreviewBytes: positive('max_preview_bytes', eventDefaults.maxPreviewBytes, 65_536),
    maxSizeBytes: positive('max_size_bytes', eventDefaults.maxSizeBytes, Number.MAX_SAFE_INTEGER),
    maxBackups: positive('max_backups', eventDefaults.maxBackups, 1_000),
  };
}

function pathOf(section: Fields | undefined, key: string, file: string): string | null {
  const path = section?.optionalString(key);
  return path ? resolve(dirname(file), path) : null;
}

function milliseconds(section: Fields | undefined, key: string, standard: number): number {
  const durationNs = section?.duration(key) ?? 0n;
  return durationNs <= 0n ? standard : Number(durationNs / 1_000_000n) || 1;
}
