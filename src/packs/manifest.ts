// pack.yaml: what a pack is called and which action files belong to it.
import { Fields } from './fields.ts';
import { locating } from './locate.ts';
import { isActionId, isPackId, isPackVersion, isPlainName } from './text-rule.ts';
import { decodeYaml } from './yaml-document.ts';

export interface PackManifest {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly vendor?: string;
  readonly homepage?: string;
  /** Versions strictly below this one are refused at dispatch. */
  readonly retiredBelow?: string;
  readonly requires: { readonly os: readonly string[]; readonly binaries: readonly string[] };
  readonly detect: {
    readonly binaries: readonly string[];
    readonly processes: readonly string[];
    readonly ports: readonly number[];
  };
  readonly setup?: PackSetup;
  /** Pack-relative paths exactly as written: they enter the hash. */
  readonly actions: readonly string[];
  readonly allowSymlinks: boolean;
}

/** Documentation for whoever installs the pack; nothing here is read or injected by the runner. */
export interface PackSetup {
  readonly summary?: string;
  readonly env: readonly PackSetupVariable[];
  readonly notes: readonly string[];
  /** An action id of the same pack (checked when the pack is loaded). */
  readonly verify?: string;
}

export interface PackSetupVariable {
  readonly name: string;
  readonly required: boolean;
  readonly description?: string;
  readonly default?: string;
  readonly example?: string;
}

const manifestKeys = [
  'schema_version',
  'id',
  'name',
  'version',
  'description',
  'vendor',
  'homepage',
  'retired_below',
  'requires',
  'detect',
  'setup',
  'actions',
  'allow_symlinks',
];

/** Decodes pack.yaml; `file` is the name used in messages. Throws PackProblem. */
export function decodeManifest(bytes: Uint8Array, file: string): PackManifest {
  return locating(bytes, file, () =>
    decodeFields(new Fields(decodeYaml(bytes, file), file, '', manifestKeys)),
  );
}

function decodeFields(fields: Fields): PackManifest {
  fields.schemaVersion();
  const setup = decodeSetup(fields);
  return {
    id: checked(
      fields,
      'id',
      isPackId,
      'must be lower-case segments such as redis or acme.redis, at most 128 bytes',
    ),
    name: fields.string('name'),
    version: checked(
      fields,
      'version',
      isPackVersion,
      'must be 1 to 64 letters, digits, dots, plus or minus signs',
    ),
    description: fields.string('description'),
    ...optional('vendor', fields.optionalString('vendor')),
    ...optional('homepage', fields.optionalString('homepage')),
    ...optional('retiredBelow', decodeRetiredBelow(fields)),
    requires: decodeRequires(fields),
    detect: decodeDetect(fields),
    ...optional('setup', setup),
    actions: decodeActionPaths(fields),
    allowSymlinks: fields.boolean('allow_symlinks'),
  };
}

function checked(fields: Fields, key: string, isValid: (text: string) => boolean, sentence: string): string {
  const text = fields.string(key);
  if (!isValid(text)) throw fields.problem(key, key, sentence);
  return text;
}

function decodeRetiredBelow(fields: Fields): string | undefined {
  const text = fields.optionalString('retired_below');
  if (text === undefined || text === '') return undefined;
  if (text.length > 64 || !/^\d+(\.\d+)*$/.test(text)) {
    throw fields.problem('retired_below', 'retired_below', 'must be integers joined by dots, such as 0.3.1');
  }
  return text;
}

function decodeRequires(fields: Fields): PackManifest['requires'] {
  const requires = fields.optionalMap('requires', ['os', 'binaries']);
  return { os: requires?.strings('os') ?? [], binaries: requires?.strings('binaries') ?? [] };
}

function decodeDetect(fields: Fields): PackManifest['detect'] {
  const detect = fields.optionalMap('detect', ['binaries', 'processes', 'ports']);
  const ports = detect?.integers('ports') ?? [];
  ports.forEach((port, index) => {
    if (port < 1 || port > 65_535) {
      throw fields.problem(`detect.ports[${index}]`, 'port', 'must be between 1 and 65535');
    }
  });
  return {
    binaries: detect?.strings('binaries') ?? [],
    processes: detect?.strings('processes') ?? [],
    ports,
  };
}

function decodeActionPaths(fields: Fields): string[] {
  const paths = fields.strings('actions');
  if (paths.length === 0) throw fields.problem('actions', 'required', 'must name at least one action file');
  if (new Set(paths).size < paths.length)
    throw fields.problem('actions', 'unique', 'must not name a file twice');
  return paths;
}

function decodeSetup(fields: Fields): PackSetup | undefined {
  const setup = fields.optionalMap('setup', ['summary', 'env', 'notes', 'verify']);
  if (!setup) return undefined;
  const env = setup
    .maps('env', ['name', 'required', 'description', 'default', 'example'])
    .map(decodeSetupVariable);
  if (new Set(env.map((variable) => variable.name)).size < env.length) {
    throw setup.problem('env', 'unique', 'must not name a variable twice');
  }
  const verify = setup.optionalString('verify');
  if (verify !== undefined && !isActionId(verify))
    throw setup.problem('verify', 'id', 'must be an action id');
  return {
    ...optional('summary', setup.optionalString('summary')),
    env,
    notes: setup.strings('notes'),
    ...optional('verify', verify),
  };
}

function decodeSetupVariable(fields: Fields): PackSetupVariable {
  return {
    name: checked(fields, 'name', isPlainName, 'must be letters, digits and underscores'),
    required: fields.boolean('required'),
    ...optional('description', fields.optionalString('description')),
    ...optional('default', fields.optionalString('default')),
    ...optional('example', fields.optionalString('example')),
  };
}

function optional<Key extends string, Value>(key: Key, value: Value | undefined): { [name in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { [name in Key]?: Value });
}
