// A small checkout in a temporary folder with the real tools in it, and an npm that writes down how it was
// called and puts in place what the build needs.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { findOldNode } from './old-node.ts';
import { startProgram, type Started } from './started.ts';

/** What the stand-in does: install, fail, or hang with half an installation. */
export type NpmMood = 'installs' | 'fails' | 'hangs';

export interface NpmCall {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface FreshClone {
  readonly root: string;
  path(...parts: string[]): string;
  bootstrap(mood?: NpmMood, env?: NodeJS.ProcessEnv): Started;
  npmCalls(): readonly NpmCall[];
  remove(): void;
}

const npmText = `
const { appendFileSync, mkdirSync, symlinkSync, writeFileSync } = require('node:fs');
appendFileSync('npm-calls', JSON.stringify({ args: process.argv.slice(2), env: process.env }) + '\\n');
mkdirSync('node_modules/half', { recursive: true });
const mood = process.env.STAND_IN_MOOD;
if (mood === 'fails') { console.error('npm error: no such package'); process.exit(1); }
if (mood === 'hangs') { writeFileSync('hanging', String(process.pid)); setInterval(() => {}, 1000); }
else {
  for (const name of ['esbuild', '@esbuild']) symlinkSync(process.env.REAL_MODULES + '/' + name, 'node_modules/' + name);
  console.log('added packages');
}`;

export function makeFreshClone(): FreshClone {
  const root = mkdtempSync(join(tmpdir(), 'emisar-clone-'));
  const path = (...parts: string[]) => join(root, ...parts);
  cpSync('tools', path('tools'), { recursive: true });
  for (const entry of ['console/main.tsx', 'cloud/main.ts', 'runner/main.ts']) {
    mkdirSync(path('src', entry, '..'), { recursive: true });
    writeFileSync(path('src', entry), `console.log('${entry}');\n`);
  }
  const manifest = {
    name: 'clone',
    version: '1.0.0',
    type: 'module',
    devDependencies: { esbuild: '0.28.2' },
  };
  writeFileSync(path('package.json'), JSON.stringify(manifest));
  writeFileSync(
    path('package-lock.json'),
    JSON.stringify({ packages: { 'node_modules/esbuild': { version: '0.28.2' } } }),
  );
  mkdirSync(path('npm'));
  writeFileSync(path('npm/npm-cli.js'), npmText);
  writeFileSync(path('npm/package.json'), '{}');
  const node = findOldNode() ?? process.execPath;
  return {
    root,
    path,
    bootstrap: (mood = 'installs', env = {}) =>
      startProgram(node, [path('tools/bootstrap.mjs')], {
        cwd: root,
        env: {
          ...process.env,
          npm_execpath: path('npm/npm-cli.js'),
          npm_node_execpath: node,
          STAND_IN_MOOD: mood,
          REAL_MODULES: resolve('node_modules'),
          ...env,
        },
      }),
    npmCalls: () =>
      (existsSync(path('npm-calls')) ? readFileSync(path('npm-calls'), 'utf8').trim().split('\n') : []).map(
        (line) => JSON.parse(line),
      ),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}
