// `npm run screenshots`: drives the console on a real fleet and writes what a terminal would show.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Access } from '../../src/protocol/access.ts';
import { listPackVersions, trustPackVersion } from '../../src/protocol/api/packs.ts';
import { acceptInvitation, inviteMember } from '../../src/protocol/api/members.ts';
import { listRunners } from '../../src/protocol/api/runners.ts';
import { writePack, type PackToBuild } from '../support/pack-builder.ts';
import { repository, runBin, type Program } from '../support/program.ts';
import { keys, startPty, type Pty } from '../support/pty.ts';
import { startSystemFleet } from '../support/system-fleet.ts';
import { until } from '../support/until.ts';
import { canNameHosts, packFolderOf, startHost, type Host } from './hosts.ts';
import { darkPalette, lightPalette, pngOf, svgOf, type Palette } from './picture.ts';

const role = (group: string, zone: string) => ({ role: group, zone });
const hosts: readonly Host[] = canNameHosts
  ? [
      { name: 'web-01', group: 'web', labels: role('web', 'a') },
      { name: 'web-02', group: 'web', labels: role('web', 'b') },
      { name: 'cass-prod-01', group: 'cassandra-prod', labels: role('db', 'a') },
      { name: 'cass-prod-02', group: 'cassandra-prod', labels: role('db', 'b') },
      { name: 'bastion', group: 'edge', labels: role('edge', 'a') },
    ]
  : [{ name: hostname(), group: 'web', labels: role('web', 'a') }];
const [web = { name: hostname(), group: 'web', labels: {} }] = hosts;

const nginx: PackToBuild = {
  id: 'nginx',
  actions: [
    { name: 'test_config', command: ['nginx', '-t'] },
    { name: 'reload', command: ['nginx', '-s', 'reload'], risk: 'medium' },
    { name: 'access_log', command: ['tail', '-n', '100', '/var/log/nginx/access.log'] },
    { name: 'follow', script: followScript() },
  ],
};
const nginxLater: PackToBuild = {
  id: 'nginx',
  actions: [
    { name: 'test_config', command: ['nginx', '-t'] },
    { name: 'reload', command: ['nginx', '-s', 'reload'], risk: 'high' },
    { name: 'quit', command: ['nginx', '-s', 'quit'], risk: 'critical' },
    { name: 'follow', script: followScript() },
  ],
};

function followScript(): string {
  const line = '10.0.4.$((n % 9 + 1)) - GET /api/v1/orders/$((n * 37 % 9001)) 200 $((n * 53 % 4096))';
  const warning = 'upstream timed out (110) while reading response header from 10.0.8.$((n % 5))';
  return `n=0
while [ $n -lt 2000 ]; do
  n=$((n + 1))
  echo "${line}"
  [ $((n % 7)) -eq 0 ] && echo "${warning}" >&2
  sleep 0.05
done
`;
}

const folder = mkdtempSync(join(tmpdir(), 'emisar-pictures-'));
await using fleet = await startSystemFleet();
const programs = new Map<string, Program>();
writePack(packFolderOf(fleet, web, 'nginx'), nginx);
for (const host of hosts) {
  programs.set(host.name, await startHost(fleet, host));
  await whenState(host.name, 'online');
}
const { items } = await fleet.api.call(listPackVersions);
const waiting = items.find(({ pack_id: id }) => id === 'nginx');
if (waiting?.pending_hash)
  await fleet.api.call(trustPackVersion, {
    params: { id: waiting.id },
    body: { expected_hash: waiting.pending_hash },
  });
await runBin('emisar-console', ['login', '--url', fleet.url, '--token-stdin', '--name', 'prod'], {
  env: { EMISAR_CONFIG_DIR: folder },
  input: `${fleet.token}\n`,
});

async function whenState(name: string, state: string): Promise<void> {
  await until(`${name} is ${state}`, async () => {
    const found = (await fleet.api.call(listRunners, { query: { limit: 100 } })).items;
    return found.some((runner) => runner.name === name && runner.state === state);
  });
}

function open(columns: number, rows: number, more: string[] = [], env: Record<string, string> = {}): Pty {
  const words = [join(repository, 'bin/emisar-console.js'), ...more];
  return startPty(process.execPath, words, { columns, rows, env: { EMISAR_CONFIG_DIR: folder, ...env } });
}

function save(screen: Pty, name: string, palette: Palette = darkPalette): void {
  const svg = svgOf(screen.terminal, palette);
  writeFileSync(join(repository, 'screenshots', `${name}.svg`), svg);
  writeFileSync(join(repository, 'screenshots', `${name}.png`), pngOf(svg));
  process.stderr.write(`screenshots/${name}.png\n`);
}

async function close(screen: Pty): Promise<void> {
  screen.type(keys.ctrlC);
  await screen.ended;
}

// One host stopped, one pack changed under way: what somebody on call would look at.
const last = hosts.at(-2);
if (last !== undefined && last !== web) {
  await programs.get(last.name)?.stop();
  await whenState(last.name, 'offline');
}
const screen = open(120, 36);
await screen.shows(/● online/);
screen.type(`:run linux.grep_log on ${web.name}${keys.enter}`);
await screen.shows(/▌ path/);
screen.type(`/var/log/syslog${keys.tab}oom-kill`);
await screen.shows(/oom-kill/);
save(screen, 'new-run');
screen.type(keys.escape);
await screen.shows(/a act/);
screen.type(`:run linux.cpu_info on ${hosts.map(({ name }) => name).join(',')}${keys.enter}`);
await screen.shows(/▌ reason/);
screen.type(`steal time on the new hosts?${keys.enter}3${keys.enter}2${keys.enter}`);
await screen.shows(/▌ +Run linux/);
screen.type(keys.enter);
await screen.shows(/same answers together[^]*exit 0 +\w/);
await screen.hides(/running|sent/);
save(screen, 'operation');
screen.type(`:run nginx.follow on ${web.name}${keys.enter}`);
await screen.shows(/▌ reason/);
screen.type('orders are slow since the deploy');
screen.type(keys.enter);
await screen.shows(/▌ +Run/);
screen.type(keys.enter);
await screen.shows(/● following[^]*upstream timed out/);
await until(
  'there is a screen full of output',
  () => screen.lines().filter((line) => / GET /.test(line)).length > 20,
);
screen.type('k');
await screen.shows(/paused · [1-9]\d* new lines/);
save(screen, 'run');

writePack(packFolderOf(fleet, web, 'nginx'), nginxLater);
programs.get(web.name)?.signal('SIGHUP');
screen.type(`:fleet${keys.enter}`);
await screen.shows(/Packs ▲1[^]*a act/);
save(screen, 'fleet');
screen.type('t');
await screen.shows(/▾ web/);
save(screen, 'fleet-groups');
screen.type(`t:runner ${web.name}${keys.enter}`);
await screen.shows(/linux\.cpu_info[^]*a act/);
save(screen, 'runner');

screen.type(`:packs${keys.enter}`);
await screen.shows(/nginx[^]*linux-core[^]*n next that waits/);
save(screen, 'packs');
screen.type(keys.enter);
await screen.shows(/what changes[^]*nginx\.quit[^]*a act/);
save(screen, 'pack-diff');
screen.type('a');
await screen.shows(/Trust…/);
screen.type(keys.enter);
await screen.shows(/Type +nginx/);
await until('the dialog hears keys', () => {
  screen.type('n');
  return /to trust:[^]*│ +n/.test(screen.screen());
});
screen.type('\u0015');
screen.type('nginx v1.0');
await screen.shows(/nginx v1\.0\b[^]*nginx v1\.0 /);
save(screen, 'danger');
screen.type(keys.escape);
await screen.hides(/╭/);

const access = (group: string): Access => ({
  runner_access: 'restricted',
  runner_selectors: [`group:${group}`],
  pack_access: 'all',
  pack_ids: [],
});
for (const [name, role, group] of [
  ['ada', 'admin', 'cassandra-prod'],
  ['mara', 'operator', 'web'],
  ['noor', 'viewer', 'web'],
] as const) {
  // With another number of hosts there may be one group alone.
  const wanted = hosts.some((host) => host.group === group) ? access(group) : access(web.group);
  const { code } = await fleet.api.call(inviteMember, { body: { name, role, access: wanted } });
  if (name !== 'noor') await fleet.api.call(acceptInvitation, { body: { code } });
}
screen.type(`:team${keys.enter}`);
await screen.shows(/mara +operator/);
save(screen, 'team');
screen.type(`:member mara${keys.enter}`);
await screen.shows(/\[x\] web +group, \d[^]*a act/);
screen.type('jj ');
await screen.shows(/not saved/);
save(screen, 'member');
screen.type(`u:audit outcome:problems${keys.enter}`);
await screen.shows(/Audit/);
screen.type(keys.escape);
await screen.shows(/user\.invited/);
save(screen, 'audit');

screen.type(`:keys mint${keys.enter}`);
await screen.shows(/▌ hosts/);
screen.type(keys.paste('web-03\nweb-04\ncass-prod-03'));
screen.type(keys.up);
await screen.shows(/▌ +Mint 3/);
screen.type(keys.enter);
await screen.shows(/shown here only/);
save(screen, 'keys-mint');
// Whoever kept no key would be asked before leaving.
screen.type('Y');
await screen.shows(/Sent 3 commands/);
await close(screen);

const small: [string, Palette, string[], Record<string, string>][] = [
  ['fleet-80x24', darkPalette, [], {}],
  ['fleet-80x24-light', lightPalette, ['--theme', 'light'], {}],
  ['fleet-80x24-mono', darkPalette, [], { NO_COLOR: '1' }],
];
for (const [name, palette, more, env] of small) {
  const smaller = open(80, 24, more, env);
  await smaller.shows(/● online/);
  await smaller.shows(/a act/);
  save(smaller, name, palette);
  await close(smaller);
}
for (const program of programs.values()) await program.stop();
rmSync(folder, { recursive: true, force: true });
