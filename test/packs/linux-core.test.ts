// The published pack: it loads, equals its catalogue entry, and its actions run on this host.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { validateArguments } from '../../src/packs/arguments.ts';
import { decodeCatalogue, encodeCatalogue, findCataloguedPack } from '../../src/packs/catalogue.ts';
import { decodeExactJson, type ExactObject } from '../../src/packs/exact-json.ts';
import { loadPacks, type ActionInPack } from '../../src/packs/load.ts';
import { currentPackHash, diskPathResolver, readPackFile } from '../../src/packs/pack-directory.ts';
import { renderArgv, renderEnvValue } from '../../src/packs/template.ts';

const root = fileURLToPath(new URL('../../packs', import.meta.url));
const set = loadPacks([root]);
const committed = readFileSync(`${root}/catalogue.json`, 'utf8');

test('the committed catalogue equals the packs beside it', () => {
  expect(committed).toBe(encodeCatalogue(set.packs));
});

test('the catalogue knows the pack by exactly the hash of its files', () => {
  const entry = findCataloguedPack(decodeCatalogue(committed), 'linux-core', '1.0.0');
  const pack = set.packs.find((candidate) => candidate.manifest.id === 'linux-core');
  expect(entry?.hash).toBe(pack && currentPackHash(pack));
  expect(entry?.actions.map((action) => action.id)).toEqual([...set.actions.keys()]);
});

test('what is not a catalogue is refused', () => {
  for (const text of [
    '',
    '[]',
    '{"schema_version":2,"packs":[]}',
    '{"schema_version":1,"packs":[{"id":"x"}]}',
  ]) {
    expect(() => decodeCatalogue(text)).toThrow(/^packs\/catalogue.json: /);
  }
});

test('whatever changes a service is at high risk, whatever shows logs is at medium', () => {
  const risks = Object.fromEntries([...set.actions.values()].map(({ action }) => [action.id, action.risk]));
  expect(risks).toMatchObject({
    'linux.uptime': 'low',
    'linux.tail_log': 'medium',
    'linux.grep_log': 'medium',
    'linux.journalctl': 'medium',
    'linux.systemctl_restart': 'high',
    'linux.systemctl_reload': 'high',
  });
  expect(set.actions.size).toBeGreaterThanOrEqual(18);
});

/** The command line of a call, exactly as a runner would start it. */
function commandLine(
  loaded: ActionInPack,
  args: ExactObject,
): { file: string; argv: string[]; env: Record<string, string> } {
  const { execution } = loaded.action;
  const paths = { resolver: diskPathResolver, protectedRoots: [], cwd: execution.cwd };
  const answer = validateArguments(loaded.action.args, args, paths);
  if (!answer.ok) throw new Error(answer.message);
  const argv = renderArgv(execution.command.argv, answer.values);
  if (!argv.ok) throw new Error(argv.because);
  const env = [...execution.env].map(
    ([name, template]) => [name, renderEnvValue(template, answer.values)] as const,
  );
  const variables = Object.fromEntries(env.map(([name, text]) => [name, text.ok ? text.value : '']));
  const base = { env: { PATH: process.env['PATH'] ?? '', ...variables } };
  if (execution.command.kind === 'exec') return { ...base, file: execution.command.binary, argv: argv.value };
  const script = readPackFile(loaded.pack, execution.command.scriptPath).absolutePath;
  return { ...base, file: execution.command.interpreter, argv: [script, ...argv.value] };
}

function run(id: string, json = '{}', env: Record<string, string> = {}) {
  const loaded = set.actions.get(id);
  if (!loaded) throw new Error(`${id} is not loaded`);
  const line = commandLine(loaded, decodeExactJson(json) as ExactObject);
  const result = spawnSync(line.file, line.argv, {
    cwd: '/',
    env: { ...line.env, ...env },
    encoding: 'utf8',
    timeout: 30_000,
  });
  return { code: result.status, stdout: result.stdout, stderr: result.stderr };
}

test.each([
  ['linux.uptime', '{}', /up \d+ days, \d\d:\d\d, load average: [\d.]+, [\d.]+, [\d.]+/],
  ['linux.disk_usage', '{}', /Capacity|Use%/],
  ['linux.disk_usage', '{"path": "/"}', /\d+% \/\n$/],
  ['linux.inode_usage', '{"path": "/"}', /IUse%/],
  ['linux.memory', '{}', /memory +\d+/],
  ['linux.cpu_info', '{}', /Architecture/],
  ['linux.os_release', '{}', /KERNEL="Linux/],
  ['linux.mount_status', '{}', /\/proc/],
  ['linux.mount_status', '{"fstype": "nosuchfs"}', /^/],
  ['linux.network_interfaces', '{}', /^lo /m],
  ['linux.network_routes', '{"family": "inet6"}', /^/],
  ['linux.listening_sockets', '{"protocol": "tcp"}', /^/],
  ['linux.processes_by_cpu', '{"limit": 3}', /PID/],
  ['linux.processes_by_memory', '{"limit": 3}', /PID/],
  ['linux.kernel_info', '{}', /^Linux /],
  ['linux.kernel_pressure', '{}', /pressure|cpu:/],
  ['linux.block_devices', '{}', /NAME|name/],
  ['linux.time_status', '{}', /UTC: +\d{4}-/],
  ['linux.name_lookup', '{"name": "localhost"}', /127\.0\.0\.1|::1/],
  ['linux.logged_in_users', '{}', /NAME/],
])('%s %s works on this host', (id, json, expected) => {
  const { code, stdout, stderr } = run(id, json);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(expected);
});

test.each(['linux.uptime', 'linux.memory', 'linux.processes_by_memory'])(
  '%s shows no more of the environment than it is given',
  (id) => {
    expect(run(id).stdout).not.toContain('PATH=');
  },
);

test.each([
  ['linux.tail_log', '{"path": "/etc/passwd"}', 'allowed_prefixes'],
  ['linux.tail_log', '{"path": "/var/log/../../etc/passwd"}', 'allowed_prefixes'],
  ['linux.tail_log', '{"path": "/var/log/x", "lines": 5001}', 'max'],
  ['linux.grep_log', '{"path": "/var/log/x", "pattern": "a\\nb"}', 'pattern'],
  ['linux.systemctl_restart', '{"unit": "--force"}', 'pattern'],
  ['linux.systemctl_restart', '{"unit": "a b"}', 'pattern'],
  ['linux.name_lookup', '{"name": "-s"}', 'pattern'],
  ['linux.disk_usage', '{"path": "-a"}', 'pattern'],
  ['linux.processes_by_cpu', '{"limit": 0}', 'min'],
])('%s refuses %s: %s', (id, json, code) => {
  const specs = set.actions.get(id)?.action.args ?? [];
  const paths = { resolver: diskPathResolver, protectedRoots: [], cwd: '/' };
  expect(validateArguments(specs, decodeExactJson(json) as ExactObject, paths)).toMatchObject({
    ok: false,
    code,
  });
});

test('a search that finds nothing exits 1, which the action counts as success', () => {
  const loaded = set.actions.get('linux.grep_log');
  expect(loaded?.action.execution.successExitCodes).toEqual([1]);
});
