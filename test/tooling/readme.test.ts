// The README from top to bottom, as its reader types it: every command that it shows is run here, in its order,
// in an empty home, with only what must differ on this machine put in its place (port, name of this host, a hash).
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { repository, startProgram, type Program } from '../support/program.ts';
import { startPty } from '../support/pty.ts';
import { until } from '../support/until.ts';

const readme = readFileSync(join(repository, 'README.md'), 'utf8');
/** Lines of the blocks marked `sh`. */
const typed = [...readme.matchAll(/```sh\n([^]*?)```/g)].flatMap(([, block = '']) =>
  block.split('\n').filter((line) => line !== ''),
);

const start = 'npm start';
const exec = 'npm start --silent -- --exec linux.uptime --reason "first try"';
const init = 'emisar-cloud init --data-dir ./cloud';
const serve = 'emisar-cloud serve --data-dir ./cloud --listen 127.0.0.1:8443';
const doctor = 'emisar-cloud doctor --data-dir ./cloud';
const backup = 'emisar-cloud backup --data-dir ./cloud ./emisar-backup.db';
const login = 'emisar-console login --url http://127.0.0.1:8443 --token-stdin';
const open = 'emisar-console';
const mint = 'emisar-console keys mint --hosts - --format shell';
const invite = 'emisar-console members invite mara --role operator --group web';
const scope = 'emisar-console members scope mara --group web --pack linux-core --dry-run';
const hook = 'emisar-console webhooks add ops --event approval.requested --event runner.offline < address';
const hookTest = 'emisar-console webhooks test ops';
const email = 'emisar-console members email me mara@example.net';
const list = 'emisar-console runners list --json';
const actions = 'emisar-console actions list disk usage --group web';
const run = 'emisar-console runs start linux.disk_usage --on web-01 --reason "nightly check" --wait';
const trust = 'emisar-console packs trust linux-core@1.0.1 --expect sha256:… --yes';
const watch = 'emisar-console watch fleet';

test('every command of the README is run below, and no other', () => {
  // `npm test` is what runs this file.
  expect(typed).toEqual([
    start,
    exec,
    'npm test',
    init,
    serve,
    doctor,
    backup,
    login,
    open,
    mint,
    invite,
    scope,
    hook,
    hookTest,
    email,
    list,
    actions,
    run,
    trust,
    watch,
  ]);
});

test('what the README names is there: pictures, files, places in the sources', () => {
  const pictures = [...readme.matchAll(/\]\(([^)#:]+)\)/g)].map(([, path = '']) => path);
  const sources = [...readme.matchAll(/`((?:src|test|bin|packs)\/[\w./-]+)`/g)].map(([, path = '']) => path);
  expect(pictures.length).toBeGreaterThan(5);
  expect([...pictures, ...sources].filter((path) => !existsSync(join(repository, path)))).toEqual([]);
});

function newHome() {
  const folder = mkdtempSync(join(tmpdir(), 'emisar-readme-'));
  // As the README says: bin/ on the PATH. The files there are named for the programs but for their ending.
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  for (const name of ['emisar', 'emisar-cloud', 'emisar-console']) {
    writeFileSync(
      join(bin, name),
      `#!/bin/sh\nexec "${process.execPath}" "${repository}/bin/${name}.js" "$@"\n`,
      {
        mode: 0o755,
      },
    );
  }
  const env = { HOME: folder, PATH: `${bin}:${dirname(process.execPath)}:${process.env['PATH'] ?? ''}` };
  const shell = (command: string, input?: string, cwd = folder): Program =>
    startProgram('bash', ['-c', command], { env, cwd, ...(input === undefined ? {} : { input }) });
  const ended = async (command: string, input = '', cwd = folder) => {
    await using program = shell(command, input, cwd);
    const code = await program.ended;
    return { code, stdout: program.stdout(), stderr: program.stderr() };
  };
  return {
    folder,
    env,
    shell,
    ended,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function startReceiver() {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => (body += String(part)));
    request.on('end', () => {
      bodies.push(body);
      response.end('ok');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const at = server.address();
  return {
    url: `http://127.0.0.1:${typeof at === 'object' ? at?.port : ''}/hook`,
    bodies: () => bodies,
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

test('a fleet of one: on a screen, and without', async () => {
  using home = newHome();
  const first = await home.ended(exec, '', repository);
  expect(first).toMatchObject({ code: 0 });
  expect(first.stdout).toMatch(/load average/);
  await using screen = startPty('bash', ['-c', start], { cwd: repository, env: home.env });
  await screen.shows(new RegExp(`${hostname().slice(0, 12)}.*● online`), 30_000);
  screen.type('q');
  expect(await screen.ended).toMatchObject({ exitCode: 0 });
});

test('a control plane, a console on it, a host, and the verbs of a script', async () => {
  using home = newHome();
  const made = await home.ended(init);
  expect(made).toMatchObject({ code: 0 });
  const [token = ''] = /emop-[\w-]{43}/.exec(made.stdout) ?? [];

  // Who is told is on this machine too, which a control plane must be allowed to call.
  await using told = await startReceiver();
  writeFileSync(join(home.folder, 'address'), `${told.url}\n`);
  await using cloud = home.shell(`exec ${serve.replace('8443', '0')} --notices-allow 127.0.0.1/32`);
  const [, url = ''] = await cloud.says(/^listening on (\S+)$/m);
  const port = new URL(url).port;
  expect(await home.ended(doctor)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`serves at ${url}`),
  });
  expect(await home.ended(backup)).toMatchObject({ code: 0 });
  expect(existsSync(join(home.folder, 'emisar-backup.db'))).toBe(true);
  expect(await home.ended(login.replace('8443', port), `${token}\n`)).toMatchObject({ code: 0 });
  {
    await using screen = startPty('bash', ['-c', open], { cwd: home.folder, env: home.env });
    await screen.shows(/● live[^]*No runner/);
    screen.type('q');
    await screen.ended;
  }

  const minted = await home.ended(mint, 'web-01\n');
  expect(minted).toMatchObject({ code: 0 });
  const [line = ''] = /^ EMISAR_URL=.*$/m.exec(minted.stdout) ?? [];
  // The host has its own copy of the packs; one of them will change below.
  const packs = join(home.folder, 'packs');
  cpSync(join(repository, 'packs/linux-core'), join(packs, 'linux-core'), { recursive: true });
  await using runner = home.shell(
    line.replace('emisar connect', `exec emisar --packs-dir "${packs}" connect`),
  );
  const [seen] = await until('the host is online', async () => {
    const { items } = JSON.parse((await home.ended(list)).stdout) as {
      items: { name: string; state: string }[];
    };
    return items[0]?.state === 'online' ? items : null;
  });
  expect(seen).toMatchObject({ name: hostname(), state: 'online' });

  // Its group is the name of the host where none was said.
  const ofThisHost = (command: string) => command.replace('--group web', `--group ${hostname()}`);
  expect((await home.ended(ofThisHost(invite))).stdout).toMatch(/^eminv-[\w-]{43}\n$/);
  expect(await home.ended(ofThisHost(scope))).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('mara'),
  });

  expect(await home.ended(hook)).toMatchObject({ code: 0 });
  expect(await home.ended(hookTest)).toMatchObject({ code: 0 });
  expect(told.bodies()).toEqual([expect.stringContaining('"text"')]);
  expect(await home.ended(email)).toMatchObject({ code: 0 });

  expect((await home.ended(ofThisHost(actions))).stdout).toContain('linux.disk_usage');
  const done = await home.ended(run.replace('web-01', hostname()));
  expect(done).toMatchObject({ code: 0 });
  expect(done.stdout).toMatch(/Filesystem|Mounted|%/);

  const news = home.shell(`exec ${watch}`);
  await news.says(/"type":"snapshot"|snapshot/);
  const manifest = join(packs, 'linux-core/pack.yaml');
  writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('1.0.0', '1.0.1'));
  runner.signal('SIGHUP');
  await news.says(/"packs_pending":1/);
  await news.stop();
  const shown = await home.ended('emisar-console packs show linux-core@1.0.1 --json');
  const { pending_hash: hash } = JSON.parse(shown.stdout) as { pending_hash: string };
  const trusted = await home.ended(trust.replace('sha256:…', hash));
  expect(trusted).toMatchObject({ code: 0 });
});
