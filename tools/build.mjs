// Bundles the three programs into dist/, and what system tests start into dist/test/.
// Every bundle carries its dependencies: one file to read at start is what makes the first frame quick.
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { fingerprint, readStamp, writeWhole } from './freshness.mjs';
import { inkOutput } from './ink-output-plugin.mjs';
import { note, startStep } from './progress.mjs';
import { zodLocales } from './zod-locales-plugin.mjs';

const here = dirname(fileURLToPath(import.meta.url));
export const packageRoot = dirname(here);

/** @type {Record<string, string>} bundle in dist/ → its entry */
const programs = {
  'emisar-console.js': 'src/console/main.tsx',
  'emisar-cloud.js': 'src/cloud/main.ts',
  'emisar.js': 'src/runner/main.ts',
};
const sources = ['src', 'tools', 'package.json', 'package-lock.json'];
const testEntries = 'test/support/entries';

/**
 * Builds the programs unless dist/ already belongs to these sources; answers whether it had to.
 * @param {{ root?: string, force?: boolean }} [options]
 */
export async function buildPrograms({ root = packageRoot, force = false } = {}) {
  return await buildIfStale(root, { bundles: programs, into: 'dist', from: sources, force });
}

/**
 * The same for test/support/entries/NAME.ts → dist/test/NAME.js: real programs with a clock that tests turn.
 * @param {{ root?: string, force?: boolean }} [options]
 */
export async function buildTestEntries({ root = packageRoot, force = false } = {}) {
  const folder = join(root, testEntries);
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => /\.tsx?$/.test(name)) : [];
  if (names.length === 0) return false;
  const bundles = Object.fromEntries(
    names.map((name) => [name.replace(/\.tsx?$/, '.js'), `${testEntries}/${name}`]),
  );
  return await buildIfStale(root, { bundles, into: 'dist/test', from: [...sources, 'test/support'], force });
}

/** @param {string} root @param {{ bundles: Record<string, string>, into: string, from: string[], force: boolean }} job */
async function buildIfStale(root, job) {
  const stamp = join(root, job.into, '.stamp');
  // Taken before the build: a source that changes meanwhile makes the result stale, not silently old.
  const wanted = fingerprint(root, job.from);
  const present = Object.keys(job.bundles).every((name) => existsSync(join(root, job.into, name)));
  if (!job.force && present && readStamp(stamp) === wanted) return false;
  const step = startStep(job.into === 'dist' ? 'building' : 'building test programs');
  try {
    rmSync(stamp, { force: true });
    const missing = await bundle(root, job.bundles, job.into);
    if (missing.length === 0) writeWhole(stamp, wanted);
    step.done();
    for (const entry of missing) note(`left out: ${entry} does not exist yet`);
  } catch (error) {
    step.failed();
    throw error;
  }
  return true;
}

/** @param {string} root @param {Record<string, string>} bundles @param {string} into */
async function bundle(root, bundles, into) {
  // Late, because this file is also read before dependencies are installed.
  const { build } = await import('esbuild');
  const entries = Object.entries(bundles);
  const missing = entries.map(([, entry]) => entry).filter((entry) => !existsSync(join(root, entry)));
  const entryPoints = entries
    .filter(([, entry]) => !missing.includes(entry))
    .map(([name, entry]) => ({ in: join(root, entry), out: name.replace(/\.js$/, '') }));
  if (entryPoints.length === 0) return missing;
  const result = await build({
    ...settings(root),
    entryPoints,
    outdir: join(root, into),
  });
  for (const file of result.outputFiles ?? []) writeWhole(file.path, file.contents);
  return missing;
}

/** @param {string} root @returns {import('esbuild').BuildOptions & { write: false }} */
function settings(root) {
  return {
    absWorkingDir: root,
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node22.19',
    jsx: 'automatic',
    // Names and lines stay: stacks in a log must be readable, and minifying won 1 ms of start.
    minify: false,
    keepNames: true,
    legalComments: 'none',
    logLevel: 'warning',
    // Ink asks for it in development only, yet names it statically.
    alias: { 'react-devtools-core': join(here, 'react-devtools-stub.mjs') },
    // Tried by its user, who does without.
    external: ['pg-native'],
    plugins: [inkOutput(), zodLocales()],
    define: {
      'process.env.NODE_ENV': '"production"',
      // ws looks for native parts through every folder above; nobody has them, and the search is 4 ms of start.
      'process.env.WS_NO_BUFFER_UTIL': '"1"',
      'process.env.WS_NO_UTF_8_VALIDATE': '"1"',
    },
    // CommonJS dependencies ask for Node's own modules by require, which an ES module lacks. Set on the
    // global object: a declaration would collide with a module that makes its own.
    banner: {
      js: [
        "import { createRequire as __createRequireOfBundle } from 'node:module';",
        'globalThis.require ??= __createRequireOfBundle(import.meta.url);',
      ].join('\n'),
    },
  };
}

/** @param {string[]} names */
async function main(names) {
  const force = names.includes('--force');
  const built = [await buildPrograms({ force }), await buildTestEntries({ force })];
  if (!built.includes(true))
    note(`${relative(process.cwd(), join(packageRoot, 'dist')) || '.'} is up to date`);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(process.argv.slice(2)).catch(() => {
    // esbuild has already said what is wrong, file and line.
    process.exitCode = 1;
  });
}
