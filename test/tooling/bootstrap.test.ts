// The first command in a fresh clone: installs and builds what is missing, once, and recovers from whatever
// was broken off before.
import { existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeFreshClone, type FreshClone } from './fresh-clone.ts';

let clone: FreshClone;
beforeEach(() => {
  clone = makeFreshClone();
});
afterEach(() => clone.remove());

test('a first start installs and builds, silent on stdout; a second one does nothing', async () => {
  const first = await clone.bootstrap().ended();
  expect(first).toMatchObject({ code: 0, stdout: '' });
  expect(first.stderr).toMatch(/^installing dependencies… done in [\d.]+ s\nbuilding… done in [\d.]+ s\n$/);
  for (const name of ['emisar', 'emisar-cloud', 'emisar-console'])
    expect(existsSync(clone.path('dist', `${name}.js`))).toBe(true);
  const second = await clone.bootstrap().ended();
  expect(second).toMatchObject({ code: 0, stdout: '', stderr: '' });
  expect(clone.npmCalls()).toHaveLength(1);
});

test('npm inherits where to fetch from, and none of the settings that leave something out', async () => {
  const outer = {
    npm_config_registry: 'https://packages.example/', npm_config_cache: '/tmp/cache', npm_config_cafile: '/tmp/ca.pem',
    NPM_CONFIG_HTTPS_PROXY: 'http://proxy.example', 'npm_config_//packages.example/:_authToken': 'kept',
    npm_config_silent: 'true', npm_config_prefix: '/nowhere', npm_config_omit: 'dev optional', npm_config_ignore_scripts: 'true',
    npm_config_production: 'true', npm_config_workspace: 'x', npm_lifecycle_event: 'prestart', NODE_ENV: 'production', INIT_CWD: '/',
  }; // prettier-ignore
  await clone.bootstrap('installs', outer).ended();
  const [call] = clone.npmCalls();
  expect(call?.args.slice(0, 3)).toEqual(['ci', '--include=dev', '--include=optional']);
  const kept = Object.keys(outer).filter((name) => call?.env[name] !== undefined);
  expect(kept).toEqual(Object.keys(outer).slice(0, 5));
});

test('another lock file installs again', async () => {
  await clone.bootstrap().ended();
  writeFileSync(
    clone.path('package-lock.json'),
    JSON.stringify({ packages: { 'node_modules/esbuild': { version: '0.28.3' } } }),
  );
  rmSync(clone.path('node_modules'), { recursive: true });
  await clone.bootstrap().ended();
  expect(clone.npmCalls()).toHaveLength(2);
});

test('packages that were installed by hand are taken as they are', async () => {
  await clone.bootstrap().ended();
  rmSync(clone.path('node_modules/.dependencies-stamp'));
  writeFileSync(clone.path('node_modules/.package-lock.json'), readFileSync(clone.path('package-lock.json')));
  expect(await clone.bootstrap().ended()).toMatchObject({ code: 0, stderr: '' });
  expect(clone.npmCalls()).toHaveLength(1);
});

test.each([
  [
    'a changed source',
    (at: FreshClone) => writeFileSync(at.path('src/cloud/main.ts'), "console.log('changed');\n"),
  ],
  ['a source dated back', (at: FreshClone) => utimesSync(at.path('src/cloud/main.ts'), 1, 1)],
  ['a new source', (at: FreshClone) => writeFileSync(at.path('src/cloud/new.ts'), '')],
  ['a deleted source', (at: FreshClone) => rmSync(at.path('src/cloud/old.ts'))],
  ['a deleted bundle', (at: FreshClone) => rmSync(at.path('dist/emisar.js'))],
])('%s builds again and installs nothing', async (_what, change) => {
  writeFileSync(clone.path('src/cloud/old.ts'), '');
  await clone.bootstrap().ended();
  change(clone);
  expect((await clone.bootstrap().ended()).stderr).toMatch(/^building… done in [\d.]+ s\n$/);
  expect(clone.npmCalls()).toHaveLength(1);
});

test('a source that does not build ends the start and leaves the next one to try again', async () => {
  writeFileSync(clone.path('src/cloud/main.ts'), 'const = 1;\n');
  const broken = await clone.bootstrap().ended();
  expect(broken).toMatchObject({ code: 1, stdout: '' });
  expect(broken.stderr).toContain('src/cloud/main.ts:1:6');
  writeFileSync(clone.path('src/cloud/main.ts'), 'export {};\n');
  expect(await clone.bootstrap().ended()).toMatchObject({ code: 0 });
});

test('an installation that fails shows why, exits 1 and is tried again', async () => {
  const failed = await clone.bootstrap('fails').ended();
  expect(failed).toMatchObject({ code: 1, stdout: '' });
  expect(failed.stderr).toContain('npm error: no such package\ncannot install dependencies');
  expect(existsSync(clone.path('.bootstrap.lock'))).toBe(false);
  expect(await clone.bootstrap().ended()).toMatchObject({ code: 0 });
});

test('two first commands at once install once', async () => {
  const both = await Promise.all([clone.bootstrap().ended(), clone.bootstrap().ended()]);
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  expect(clone.npmCalls()).toHaveLength(1);
});

test.each(['SIGTERM', 'SIGINT', 'SIGKILL'] as const)(
  '%s in the middle of an installation: the next start recovers',
  async (signal) => {
    const first = clone.bootstrap('hangs');
    await expect.poll(() => existsSync(clone.path('hanging')), { timeout: 10_000 }).toBe(true);
    first.child.kill(signal);
    expect(await endedOrOrphaned(first, clone, signal)).toBe(signal);
    expect(existsSync(clone.path('node_modules/half'))).toBe(true);
    expect(existsSync(clone.path('node_modules/.dependencies-stamp'))).toBe(false);
    rmSync(clone.path('node_modules'), { recursive: true });
    mkdirSync(clone.path('node_modules/half'), { recursive: true });
    expect(await clone.bootstrap().ended()).toMatchObject({ code: 0, stdout: '' });
    expect(existsSync(clone.path('.bootstrap.lock'))).toBe(false);
  },
);

/** A start that was killed outright leaves its npm behind, which holds the pipes: that one is ended here. */
async function endedOrOrphaned(
  start: ReturnType<FreshClone['bootstrap']>,
  at: FreshClone,
  signal: string,
): Promise<string | null> {
  if (signal === 'SIGKILL') process.kill(Number(readFileSync(at.path('hanging'), 'utf8')), 'SIGKILL');
  return (await start.ended()).signal;
}
