// `npm test`: types, lint, format, then every test; each of the first three counts as one test. Arguments
// go to vitest. The last line of stdout is the only closing line: `N passed, N failed`.
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isNewEnough } from '../bin/launch.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = (/** @type {string} */ name) => join(root, 'node_modules/.bin', name);

const checks = [
  { name: 'types', command: [bin('tsc'), '--noEmit'] },
  {
    name: 'lint',
    command: [bin('oxlint'), '--type-aware', '--deny-warnings', '--report-unused-disable-directives'],
  },
  { name: 'format', command: [bin('oxfmt'), '--check'] },
];

/** @typedef {{ passed: number, failed: number }} Counts */

/** @param {string[]} args @returns {Promise<Counts>} */
async function runAll(args) {
  let passed = 0;
  let failed = 0;
  for (const { name, command } of checks) {
    const ok = (await run(command, process.env)) === 0;
    process.stdout.write(`${ok ? 'ok' : 'FAILED'}: ${name}\n`);
    if (ok) passed += 1;
    else failed += 1;
  }
  const tests = await runTests(args);
  return { passed: passed + tests.passed, failed: failed + tests.failed };
}

/** @param {string[]} args @returns {Promise<Counts>} */
async function runTests(args) {
  // All that tests write is below here, and gone with it. The database of the tests runs as nobody and must get through.
  const folder = mkdtempSync(join(tmpdir(), 'emisar-tests-'));
  chmodSync(folder, 0o711);
  const file = join(folder, 'counts.json');
  try {
    const command = [
      bin('vitest'),
      'run',
      '--reporter=default',
      '--reporter=./test/support/reporter.ts',
      '--allowOnly=false',
      ...args,
    ];
    const code = await run(command, { ...process.env, TMPDIR: folder, EMISAR_TEST_COUNTS: file });
    const counts = readCounts(file);
    for (const remark of counts.remarks) process.stdout.write(`${remark}\n`);
    // Whatever made vitest unhappy beyond its tests must not end as a success.
    const unseen = code !== 0 && counts.failed === 0 ? 1 : 0;
    return { passed: counts.passed, failed: counts.failed + unseen };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} file @returns {Counts & { remarks: string[] }} */
function readCounts(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { passed: 0, failed: 1, remarks: ['the tests ended without a result'] };
  }
}

/** @param {string[]} command @param {NodeJS.ProcessEnv} env @returns {Promise<number>} */
async function run([file = '', ...args], env) {
  const child = spawn(file, args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] });
  return await new Promise((resolve) => {
    child.on('error', (error) => {
      process.stderr.write(`cannot run ${file}: ${error.message}\n`);
      resolve(1);
    });
    child.on('close', (code) => resolve(code ?? 1));
  });
}

if (!isNewEnough(process.versions.node)) {
  process.stderr.write(`tests need Node.js 22.19 or newer, and this is ${process.versions.node}\n`);
  process.exitCode = 1;
} else {
  const { passed, failed } = await runAll(process.argv.slice(2));
  if (failed > 0) process.exitCode = 1;
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
}
