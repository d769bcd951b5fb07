// `npm run screenshots`: drives the console on a real fleet and writes what a terminal would show, in dark and light.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Access } from '../../src/protocol/access.ts';
import { approve, listApprovals } from '../../src/protocol/api/approvals.ts';
import { requestDevice } from '../../src/protocol/api/devices.ts';
import { acceptInvitation, inviteMember } from '../../src/protocol/api/members.ts';
import { listPackVersions, trustPackVersion } from '../../src/protocol/api/packs.ts';
import { listRunners } from '../../src/protocol/api/runners.ts';
import { dispatch } from '../../src/protocol/api/runs.ts';
import { createApi } from '../../src/console/client/api.ts';
import { openProfiles } from '../../src/console/client/profiles.ts';
import { writePack } from '../support/pack-builder.ts';
import { repository, runBin, type Program } from '../support/program.ts';
import { keys, startPty, type Pty } from '../support/pty.ts';
import { startSystemFleet } from '../support/system-fleet.ts';
import { until } from '../support/until.ts';
import { canNameHosts, packFolderOf, startHost, type Host } from './hosts.ts';
import { nginx, nginxLater } from './packs.ts';
import { darkPalette, lightPalette, pngOf, svgOf, type Palette } from './picture.ts';
import { pictureDecisions, pictureFirst, picturePlaces, pictureRuns, type Stage } from './scenes.ts';

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

const folder = mkdtempSync(join(tmpdir(), 'emisar-pictures-'));
const programs = new Map<string, Program>();
await using fleet = await startSystemFleet();
await using _ = {
  async [Symbol.asyncDispose]() {
    for (const program of programs.values()) await program.stop();
    rmSync(folder, { recursive: true, force: true });
  },
};
writePack(packFolderOf(fleet, web, 'nginx'), nginx);
for (const host of hosts) {
  programs.set(host.name, await startHost(fleet, host));
  await whenState(host.name, 'online');
}
await trustNginx();
// Nothing that happens by the way shall be written over the pictures.
openProfiles({ EMISAR_CONFIG_DIR: folder }).saveSetting('bell', 'off');
await runBin('emisar-console', ['login', '--url', fleet.url, '--token-stdin', '--name', 'prod'], {
  env: { EMISAR_CONFIG_DIR: folder },
  input: `${fleet.token}\n`,
});

async function trustNginx(): Promise<void> {
  const { items } = await fleet.api.call(listPackVersions);
  const waiting = items.find(({ pack_id: id }) => id === 'nginx');
  if (!waiting?.pending_hash) return;
  const body = { expected_hash: waiting.pending_hash };
  await fleet.api.call(trustPackVersion, { params: { id: waiting.id }, body });
}

async function whenState(name: string, state: string): Promise<void> {
  const isThere = async () => {
    const found = (await fleet.api.call(listRunners, { query: { limit: 100 } })).items;
    return found.some((runner) => runner.name === name && runner.state === state);
  };
  await until(`${name} is ${state}`, isThere, 30_000);
}

/** Members with a reach of their own; answers the token of the one who asks for things. */
async function invitePeople(): Promise<string> {
  const access = (group: string): Access => ({
    runner_access: 'restricted',
    // With another number of hosts there may be one group alone.
    runner_selectors: [`group:${hosts.some((host) => host.group === group) ? group : web.group}`],
    pack_access: 'all',
    pack_ids: [],
  });
  let token = '';
  for (const [name, role, group] of [
    ['ada', 'admin', 'cassandra-prod'],
    ['mara', 'operator', 'web'],
    ['noor', 'viewer', 'web'],
  ] as const) {
    const { code } = await fleet.api.call(inviteMember, { body: { name, role, access: access(group) } });
    if (name === 'noor') continue;
    const { secret } = await fleet.api.call(acceptInvitation, { body: { code } });
    if (name === 'mara') token = secret;
  }
  return token;
}

async function askFor(token: string, reason: string, unit: string): Promise<void> {
  const api = createApi({ url: fleet.url, token });
  const args = { unit };
  const body = { action_id: 'linux.systemctl_restart', runners: [web.name], args, reason };
  await api.call(dispatch, { body });
  await api.close();
}

/** A unit that no host has, so that what is let out changes nothing. */
async function grantOnce(token: string): Promise<void> {
  await askFor(token, 'restart after every deploy', 'emisar-pictures');
  const [asked] = (await fleet.api.call(listApprovals, { query: { status: 'pending', limit: 1 } })).items;
  if (asked === undefined) throw new Error('nothing waits for an approval');
  const body = { note: 'for this week', duration: '30d', scope: { args: 'exact', runner: 'this' } } as const;
  await fleet.api.call(approve, { params: { id: asked.id }, body });
}

interface Look {
  readonly suffix: string;
  readonly words: readonly string[];
  readonly env?: Record<string, string>;
  readonly palette: Palette;
}
const dark: Look = { suffix: '', words: ['--theme', 'dark'], palette: darkPalette };
const light: Look = { suffix: '-light', words: ['--theme', 'light'], palette: lightPalette };

function save(screen: Pty, name: string, palette: Palette): void {
  writeFileSync(join(repository, 'screenshots', `${name}.png`), pngOf(svgOf(screen.terminal, palette)));
  process.stderr.write(`screenshots/${name}.png\n`);
}

interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** A console of its own for each picture or series of them; `profiles` is where its sign-ins are kept. */
async function open(
  look: Look,
  size: Size,
  profiles: string,
  draw: (screen: Pty, save: (name: string) => void) => Promise<void>,
): Promise<void> {
  const words = [join(repository, 'bin/emisar-console.js'), ...look.words];
  const env = { EMISAR_CONFIG_DIR: profiles, ...look.env };
  const screen = startPty(process.execPath, words, { ...size, env });
  await draw(screen, (name) => save(screen, name + look.suffix, look.palette));
  screen.type(keys.ctrlC);
  await screen.ended;
}

function picture(look: Look, size: Size, draw: (stage: Stage) => Promise<void>): Promise<void> {
  return open(look, size, folder, async (screen, keep) => {
    await screen.shows(/[●*] online[^]*a act/, 30_000);
    await draw({ screen, web: web.name, hosts: hosts.map(({ name }) => name), save: keep });
  });
}

// One host stopped, one pack changed under way, one run asked for: what somebody on call would look at.
const last = hosts.at(-2);
if (last !== undefined && last !== web) {
  await programs.get(last.name)?.stop();
  await whenState(last.name, 'offline');
}
const large = { columns: 120, rows: 28 };
const small = { columns: 80, rows: 24 };
for (const look of [dark, light]) await picture(look, large, pictureRuns);
const mara = await invitePeople();
await grantOnce(mara);
await askFor(mara, 'workers leak memory since the deploy of 14:00', 'php-fpm');
await fleet.api.call(requestDevice, { body: { name: 'mara’s laptop' } });
writePack(packFolderOf(fleet, web, 'nginx'), nginxLater);
programs.get(web.name)?.signal('SIGHUP');
for (const look of [dark, light]) await picture(look, large, picturePlaces);
for (const look of [dark, light]) await picture(look, large, pictureDecisions);
const plain: readonly Look[] = [
  dark,
  light,
  { suffix: '-mono', words: [], env: { NO_COLOR: '1' }, palette: darkPalette },
  { suffix: '-high-contrast', words: ['--theme', 'high-contrast'], palette: darkPalette },
  { suffix: '-colour-blind', words: ['--theme', 'colour-blind'], palette: darkPalette },
  { suffix: '-ascii', words: ['--ascii'], palette: darkPalette },
];
for (const look of plain) await picture(look, small, async ({ save: keep }) => keep('fleet-80x24'));
for (const look of [dark, light])
  await open(look, small, join(folder, 'nobody'), (screen, keep) => pictureFirst({ screen, save: keep }));
