// `npm start`, as a newcomer types it: a fleet of one in a terminal and in a pipe.
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApi } from '../../src/console/client/api.ts';
import { listPackVersions, trustPackVersion } from '../../src/protocol/api/packs.ts';
import { listRunners } from '../../src/protocol/api/runners.ts';
import { dispatch, getRun, getRunOutput } from '../../src/protocol/api/runs.ts';
import { isTerminal } from '../../src/protocol/run.ts';
import { writePack } from '../support/pack-builder.ts';
import { repository, startProgram } from '../support/program.ts';
import { startPty } from '../support/pty.ts';
import { until } from '../support/until.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'emisar-local-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const secrets = {
  EMISAR_TOKEN: `emop-${'S'.repeat(43)}`,
  EMISAR_DATABASE_URL: 'postgres://secret-host/secret',
  EMISAR_URL: 'https://elsewhere.example',
  AWS_SECRET_ACCESS_KEY: 'deeply-secret-value',
};

/** Programs of this fleet, by the data directory in their command line. */
function processesOf(dataDir: string): { pid: number; command: string; environment: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
        if (!command.includes(dataDir) || !/bin\/emisar(-cloud)?\.js/.test(command)) return [];
        return [{ pid: Number(name), command, environment: readFileSync(`/proc/${name}/environ`, 'utf8') }];
      } catch {
        return [];
      }
    });
}

test('npm start --exec prints the output of an action on this host and nothing else, and leaves nothing running', async () => {
  const dataDir = join(folder, 'exec');
  const words = [
    'start',
    '--silent',
    '--',
    '--exec',
    'linux.uptime',
    '--reason',
    'first try',
    '--data-dir',
    dataDir,
  ];
  await using first = startProgram('npm', words, {
    env: { ...secrets, npm_config_update_notifier: 'false' },
  });
  expect(await first.ended).toBe(0);
  expect(first.stdout()).toMatch(/^[^\n]*load average[^\n]*\n$/);
  expect(first.stderr()).toBe('');
  expect(processesOf(dataDir)).toEqual([]);
});

test('the code of the run is the code of the command; a refusal has one of its own', async () => {
  const dataDir = join(folder, 'codes');
  const exec = async (action: string, ...more: string[]) => {
    const program = startProgram(process.execPath, [
      join(repository, 'bin/emisar-console.js'),
      ...['local', '--data-dir', dataDir, '--exec', action, '--reason', 'codes', ...more],
    ]);
    return { code: await program.ended, out: program.stdout(), said: program.stderr() };
  };
  const high = await exec('linux.systemctl_restart', '-a', 'unit=emisar-none.service');
  expect(high.code).toBe(3);
  expect(high.out).toBe('');
  expect(high.said).toMatch(/approval/);
  const missing = await exec('linux.nothing_like_it');
  expect(missing.code).not.toBe(0);
  expect(missing.said).toMatch(/action/);
  const failing = await exec('linux.tail_log', '-a', 'path=/var/log/does-not-exist.log');
  expect(failing.code).toBeGreaterThan(0);
  expect(failing.out).toBe('');
});

test('the console on npm start shows this host online, and no secret of its environment reaches cloud, runner or action', async () => {
  const dataDir = join(folder, 'screen');
  writePack(join(dataDir, 'runner/packs/demo'), { actions: [{ name: 'env', command: ['env'] }] });
  await using screen = startPty('npm', ['start', '--silent', '--', '--data-dir', dataDir], {
    env: { ...secrets, npm_config_update_notifier: 'false', EMISAR_CONFIG_DIR: join(folder, 'profiles') },
  });
  await screen.shows(/● online/, 30_000);
  const running = processesOf(dataDir);
  expect(running.map(({ command }) => /emisar-cloud\.js/.test(command)).sort()).toEqual([false, true]);
  for (const { environment } of running) {
    for (const [name, value] of Object.entries(secrets)) {
      if (name !== 'EMISAR_URL') expect(environment).not.toContain(`${name}=`);
      expect(environment).not.toContain(value);
    }
  }
  const printed = await environmentOfAnAction(dataDir);
  expect(printed).toMatch(/^PATH=/m);
  expect(printed).not.toMatch(/EMISAR|SECRET|secret/);

  screen.type('q');
  expect((await screen.ended).exitCode).toBe(0);
  await until('everything has ended', () => processesOf(dataDir).length === 0);
});

async function environmentOfAnAction(dataDir: string): Promise<string> {
  const { url } = JSON.parse(readFileSync(join(dataDir, 'endpoint.json'), 'utf8')) as { url: string };
  const token = readFileSync(join(dataDir, 'operator-token'), 'utf8').trim();
  const api = createApi({ url, token });
  try {
    const [waiting] = (await api.call(listPackVersions, { query: { state: 'pending' } })).items;
    const body = { expected_hash: waiting?.pending_hash ?? '' };
    await api.call(trustPackVersion, { params: { id: waiting?.id ?? '' }, body });
    const [runner] = (await api.call(listRunners, { query: { limit: 100 } })).items;
    const { results } = await api.call(dispatch, {
      body: { action_id: 'demo.env', runners: [runner?.id ?? ''], args: {}, reason: 'look' },
    });
    const id = results[0]?.run?.id ?? '';
    await until('the action ends', async () =>
      isTerminal((await api.call(getRun, { params: { id } })).status),
    );
    const page = await api.call(getRunOutput, { params: { id }, query: { after_seq: 0, limit: 100 } });
    return page.items.map(({ chunk }) => chunk).join('');
  } finally {
    await api.close();
  }
}

test('a second start attaches to the running fleet and stops nothing; a later one finds the same fleet again', async () => {
  const dataDir = join(folder, 'again');
  const words = [join(repository, 'bin/emisar-console.js'), 'local', '--data-dir', dataDir];
  const env = { EMISAR_CONFIG_DIR: join(folder, 'profiles') };
  const exec = () =>
    startProgram(process.execPath, [...words, '--exec', 'linux.uptime', '--reason', 'again'], { env });
  {
    await using screen = startPty(process.execPath, words, { env });
    await screen.shows(/● online/, 30_000);
    const before = processesOf(dataDir)
      .map(({ pid }) => pid)
      .sort();
    await using attached = exec();
    expect(await attached.ended).toBe(0);
    expect(
      processesOf(dataDir)
        .map(({ pid }) => pid)
        .sort(),
    ).toEqual(before);
    screen.type('q');
    await screen.ended;
  }
  await using screen = startPty(process.execPath, words, { env });
  await screen.shows(/● online/, 30_000);
  screen.type('3');
  await screen.shows(/linux\.uptime/);
  // Killed without a chance to say anything: the children end by themselves.
  screen.kill('SIGKILL');
  await screen.ended;
  await until('everything has ended', () => processesOf(dataDir).length === 0, 15_000);
});
