// Which configuration holds, what it refuses, and what becomes of the enrollment key.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  builtInConfig,
  externalIdOf,
  findConfigFile,
  loadConfig,
  protectedRootsOf,
  requireConfigured,
  takeEnrollmentKey,
  tokenPathOf,
} from '../../../src/runner/config.ts';
import { mayInherit } from '../../../src/runner/config-file.ts';
import { trustFault } from '../../../src/runner/host/trusted-file.ts';
import { temporaryDir } from '../linked-runner.ts';

const minimal = 'schema_version: 1\nrunner: {group: web}\nevents: {jsonl_path: log/events.jsonl}\n';
let dir: string;

beforeEach(() => {
  dir = temporaryDir();
});
afterEach(() => rm(dir, { recursive: true, force: true }));

function write(text: string, mode = 0o640): string {
  const path = join(dir, 'config.yaml');
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

const load = (text: string, env: Record<string, string> = {}) =>
  loadConfig({ configPath: write(text), env, programDir: dir });

test("a small file gets every standard value, with paths that are its own directory's", async () => {
  const config = await load(
    `${minimal}paths: {data_dir: data, packs: [packs, /srv/packs]}\ncloud: {token_path: ../t.json}\n`,
  );
  expect(config).toMatchObject({
    runner: { id: null, group: 'web', labels: {} },
    cloud: {
      url: '',
      keyEnv: ['EMISAR_AUTH_KEY', 'EMISAR_ENROLLMENT_KEY'],
      heartbeatEveryMs: 30_000,
      reconnectMaxMs: 60_000,
    },
    paths: { dataDir: join(dir, 'data'), packs: [join(dir, 'packs'), '/srv/packs'] },
    execution: { inheritEnv: [], cancelGraceMs: 30_000, requireIsolation: true, allowSetuid: [] },
    events: { jsonlPath: join(dir, 'log/events.jsonl'), maxPreviewBytes: 4096, maxBackups: 5 },
  });
  expect(tokenPathOf(config)).toBe(join(dir, '../t.json'));
});

test('a full file is read', async () => {
  const config = await load(`${minimal}
cloud: {url: "https://cp.example.test/x", auth_key_env: KEY, heartbeat_every: 10s, reconnect_min: 500ms, allow_insecure: true, ca_file: ca.pem}
execution: {inherit_env: [LANG, MY_TOKEN], cancel_grace: 1m, require_isolation: false, allow_setuid: ["linux.ping*"]}
admission: {allow: ["linux.*"], deny: [linux.reboot], max_risk: medium}
redaction: {rules: [{name: tok, type: literal, literal: s3cret}]}
`);
  expect(config.cloud).toMatchObject({
    keyEnv: ['KEY'],
    heartbeatEveryMs: 10_000,
    reconnectMinMs: 500,
    allowInsecure: true,
  });
  expect(config.cloud.caFile).toBe(join(dir, 'ca.pem'));
  expect(config.execution).toEqual({
    inheritEnv: ['LANG', 'MY_TOKEN'],
    cancelGraceMs: 60_000,
    requireIsolation: false,
    allowSetuid: ['linux.ping*'],
  });
  expect(config.admission).toEqual({ allow: ['linux.*'], deny: ['linux.reboot'], maxRisk: 'medium' });
  expect(config.redaction).toMatchObject([{ name: 'tok', type: 'literal', literal: 's3cret' }]);
});

test('the environment stands above the file, and an empty variable does not', async () => {
  const text = `${minimal}cloud: {url: "https://a.test"}\n`;
  const config = await load(text, {
    EMISAR_URL: 'https://b.test',
    EMISAR_GROUP: 'db',
    EMISAR_RUNNER_ID: 'x',
    EMISAR_LABEL_ROLE: 'db',
  });
  expect(config.runner.labels['role']).toBe('db');
  expect([config.cloud.url, config.runner.group, config.runner.id]).toEqual(['https://b.test', 'db', 'x']);
  const kept = await load(text, { EMISAR_URL: '', EMISAR_GROUP: '' });
  expect([kept.cloud.url, kept.runner.group, kept.runner.id]).toEqual(['https://a.test', 'web', null]);
  const given = await load(minimal.replace('runner: {group: web}\n', ''), { EMISAR_GROUP: 'db' });
  expect(given.runner.group).toBe('db');
});

test('nothing inside the file is substituted', async () => {
  const config = await load(`${minimal.replace('web', '"${HOME}"')}`, { HOME: '/root' });
  expect(config.runner.group).toBe('${HOME}');
});

const authority = `{ca_id: ca, public_key: ${'aB'.repeat(32)}}`;
const signing = (keys: string) => `${minimal}signing: {${keys}}\n`;

test('signing: off by default, a day of age, keys in lower case', async () => {
  const day = { isEnforced: false, authorities: [], maxAgeMs: 86_400_000 };
  expect((await load(minimal)).signing).toEqual(day);
  const config = await load(
    signing(`enforce_signatures: true, trusted_cas: [${authority}], max_attestation_age: 2h`),
  );
  expect(config.signing).toEqual({
    isEnforced: true,
    authorities: [{ caId: 'ca', publicKey: 'ab'.repeat(32) }],
    maxAgeMs: 7_200_000,
  });
});

test.each([
  ['an unknown key', `${minimal}extra: 1\n`, /config\.yaml:\d+: extra: .*not a known key/],
  ['an unknown key inside', minimal.replace('group: web', 'group: web, colour: red'), /runner\.colour/],
  ['a key twice', `${minimal}schema_version: 1\n`, /config\.yaml/],
  ['a second document', `${minimal}---\na: 1\n`, /more than one document/],
  ['another schema', minimal.replace('schema_version: 1', 'schema_version: 2'), /schema_version: must be 1/],
  ['no group', minimal.replace('runner: {group: web}', ''), /runner\.group.*EMISAR_GROUP/],
  ['no journal', minimal.replace('events: {jsonl_path: log/events.jsonl}', ''), /events/],
  ['a wrong duration', `${minimal}cloud: {heartbeat_every: soon}\n`, /cloud\.heartbeat_every/],
  ['a wrong risk', `${minimal}admission: {max_risk: huge}\n`, /admission\.max_risk: must be one of low/],
  [
    'a preview over 64 KiB',
    minimal.replace('{jsonl', '{max_preview_bytes: 65537, jsonl'),
    /events\.max_preview_bytes/,
  ],
  [
    'signatures of nobody',
    signing('enforce_signatures: true'),
    /signing\.trusted_cas: must name an authority/,
  ],
  [
    'a blank authority',
    signing(`trusted_cas: [{ca_id: " ", public_key: ${'a'.repeat(64)}}]`),
    /ca_id: must not be blank/,
  ],
  [
    'a key that is none',
    signing('trusted_cas: [{ca_id: ca, public_key: abc}]'),
    /public_key: must be the 64 hex/,
  ],
  [
    'an authority twice',
    signing(`trusted_cas: [${authority}, ${authority}]`),
    /must not name an authority twice/,
  ],
  ['an age below a second', signing('max_attestation_age: 5ms'), /max_attestation_age: must be at least 1s/],
  [
    'an age beyond the wire',
    signing('max_attestation_age: 25000d'),
    /max_attestation_age: must be at least 1s/,
  ],
  [
    'a secret to inherit',
    `${minimal}execution: {inherit_env: [PATH, EMISAR_AUTH_KEY]}\n`,
    /execution\.inherit_env\[1\]/,
  ],
])('%s is refused, naming file and key', async (_name, text, message) => {
  await expect(load(text)).rejects.toThrow(message);
});

test.each([
  'EMISAR_URL',
  'EMISAR_X',
  'LD_PRELOAD',
  'DYLD_INSERT_LIBRARIES',
  'NODE_OPTIONS',
  'BASH_ENV',
  'A=B',
  '',
])('%s can reach no action', (name) => expect(mayInherit(name)).toBe(false));
test.each(['PATH', 'HOME', 'MY_LD_THING', 'PGPASSWORD'])('%s may', (name) =>
  expect(mayInherit(name)).toBe(true),
);

describe('trust in the file', () => {
  const facts = { isFile: () => true, size: 10, uid: 1000, mode: 0o100640 };
  test.each([
    ['ours at 0640', facts, null],
    ["root's", { ...facts, uid: 0 }, null],
    ["a stranger's", { ...facts, uid: 1001 }, /owner/],
    ['writable by its group', { ...facts, mode: 0o100660 }, /chmod go-w/],
    ['writable by others', { ...facts, mode: 0o100642 }, /chmod go-w/],
    ['a directory', { ...facts, isFile: () => false }, /regular file/],
    ['huge', { ...facts, size: 2_000_000 }, /larger/],
  ])('a file that is %s', (_name, seen, expected) => {
    const fault = trustFault(seen, 1000);
    if (expected === null) expect(fault).toBeNull();
    else expect(fault).toMatch(expected);
  });

  test('is asked before anything is read', async () => {
    const configPath = write('not: [valid', 0o666);
    await expect(loadConfig({ configPath, env: {}, programDir: dir })).rejects.toThrow(
      /group or others can write it/,
    );
  });
});

describe('which file holds', () => {
  test('the named one, even when it is missing', async () => {
    expect(findConfigFile({ configPath: '/a.yaml', env: { EMISAR_CONFIG: '/b.yaml' } })).toBe('/a.yaml');
    expect(findConfigFile({ env: { EMISAR_CONFIG: '/b.yaml' } })).toBe('/b.yaml');
    const request = { configPath: join(dir, 'none.yaml'), env: {}, programDir: dir };
    await expect(loadConfig(request)).rejects.toThrow(
      /none\.yaml: there is no such file; name one with --config/,
    );
  });

  test('then the one in the home directory, when it is there', () => {
    expect(findConfigFile({ env: { HOME: dir } })).toBeNull();
    mkdirSync(join(dir, '.config/emisar'), { recursive: true });
    writeFileSync(join(dir, '.config/emisar/config.yaml'), minimal);
    expect(findConfigFile({ env: { HOME: dir } })).toBe(join(dir, '.config/emisar/config.yaml'));
    expect(findConfigFile({ env: { HOME: dir, EMISAR_DATA_DIR: '/d' } })).toBeNull();
  });

  test('and without any, built-in values make the one-line start possible', () => {
    mkdirSync(join(dir, 'packs'));
    writeFileSync(join(dir, 'packs/catalogue.json'), '{}');
    const env = { HOME: dir, EMISAR_URL: 'https://cp.example.test' };
    const config = builtInConfig({ env, programDir: join(dir, 'dist') });
    expect(config.runner.group).toBe(hostname());
    expect(config.paths.dataDir).toBe(join(dir, '.local/state/emisar/runner'));
    expect(config.paths.packs).toEqual([join(dir, 'packs'), join(dir, '.local/state/emisar/runner/packs')]);
    expect(config.events.jsonlPath).toBe(join(dir, '.local/state/emisar/runner/events.jsonl'));
    expect(protectedRootsOf(config)).toContain(join(dir, '.local/state/emisar'));
    expect(() => requireConfigured(config, env)).not.toThrow();
    const moved = builtInConfig({
      env: { ...env, EMISAR_DATA_DIR: '/d', EMISAR_GROUP: 'g' },
      programDir: dir,
    });
    expect([moved.paths.dataDir, moved.runner.group]).toEqual(['/d', 'g']);
    const guarded = builtInConfig({
      env: { ...env, EMISAR_PROTECTED_PATHS: '/cloud:relative:/console' },
      programDir: dir,
    });
    expect(protectedRootsOf(guarded)).toEqual(expect.arrayContaining(['/cloud', '/console']));
    expect(protectedRootsOf(guarded)).not.toContain('relative');
    const { jsonlPath } = guarded.events;
    expect(protectedRootsOf(guarded)).toEqual(
      expect.arrayContaining([jsonlPath, `${jsonlPath}.5`, `${jsonlPath}.sock`]),
    );
  });

  test('labels come from the environment, and of the packs that came along those that are named', () => {
    for (const pack of ['one', 'two']) {
      mkdirSync(join(dir, 'packs', pack), { recursive: true });
      writeFileSync(join(dir, 'packs', pack, 'pack.yaml'), '');
    }
    writeFileSync(join(dir, 'packs/catalogue.json'), '{}');
    const at = (env: Record<string, string>) =>
      builtInConfig({ env: { HOME: dir, EMISAR_DATA_DIR: '/d', ...env }, programDir: join(dir, 'dist') });
    expect(
      at({ EMISAR_LABEL_ROLE: 'db', EMISAR_LABEL_A_B: "it's", EMISAR_LABEL_C: '' }).runner.labels,
    ).toEqual({ role: 'db', a_b: "it's" });
    expect(at({ EMISAR_PACKS: 'two' }).paths.packs).toEqual([join(dir, 'packs/two'), '/d/packs']);
    expect(at({ EMISAR_PACKS: '' }).paths.packs).toEqual(['/d/packs']);
    for (const wrong of ['three', '../packs/one', '/etc', '.'])
      expect(() => at({ EMISAR_PACKS: `one,${wrong}` }), wrong).toThrow(/Cannot use EMISAR_PACKS/);
  });

  test('without any and without EMISAR_URL, connecting is refused with the fix', () => {
    const config = builtInConfig({ env: { HOME: dir }, programDir: dir });
    expect(() => requireConfigured(config, { HOME: dir })).toThrow(/EMISAR_URL/);
  });
});

test('--packs-dir replaces the configured directories', async () => {
  const request = { configPath: write(minimal), env: {}, programDir: dir, packsDirs: ['/a', '/b'] };
  expect((await loadConfig(request)).paths.packs).toEqual(['/a', '/b']);
});

test.each([
  [{ EMISAR_AUTH_KEY: 'one', EMISAR_ENROLLMENT_KEY: 'two' }, 'one'],
  [{ EMISAR_ENROLLMENT_KEY: ' two\n' }, 'two'],
  [{ EMISAR_AUTH_KEY: '' }, null],
  [{}, null],
])('the key of %j is %s, and no variable keeps it', (given, expected) => {
  const env: Record<string, string | undefined> = { ...given, PATH: '/bin' };
  expect(takeEnrollmentKey(builtInConfig({ env, programDir: dir }), env)).toBe(expected);
  expect(env).toEqual({ PATH: '/bin' });
});

test('a key variable of its own name is read alone, and the usual ones are removed too', async () => {
  const config = await load(`${minimal}cloud: {enrollment_key_env: MY_KEY}\n`);
  const env: Record<string, string | undefined> = { MY_KEY: 'mine', EMISAR_AUTH_KEY: 'other' };
  expect(takeEnrollmentKey(config, env)).toBe('mine');
  expect(env).toEqual({});
});

test.each(['', ' ', 'x'.repeat(256)])('an identity of %j is refused', (host) => {
  const config = builtInConfig({ env: {}, programDir: dir });
  expect(() => externalIdOf(config, host)).toThrow(/1 to 255 characters/);
});
