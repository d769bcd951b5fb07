// Everything that must hold, in one command: types, lint, format, then every test. The last line of standard
// output counts what passed and what failed, each check as one.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(root, 'node_modules/.bin');
const scratch = mkdtempSync(join(tmpdir(), 'emisar-test-'));
const countsFile = join(scratch, 'counts');
let passed = 0;
let failed = 0;

function run(name, command, words, env = process.env) {
  process.stdout.write(`\n── ${name}\n`);
  const started = Date.now();
  const { status } = spawnSync(join(bin, command), words, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] });
  process.stdout.write(`── ${name}: ${status === 0 ? 'ok' : 'failed'} (${((Date.now() - started) / 1000).toFixed(1)} s)\n`);
  return status === 0;
}

function check(...call) {
  if (run(...call)) passed += 1;
  else failed += 1;
}

check('types', 'tsc', ['--noEmit', '-p', 'tsconfig.json']);
check('lint', 'oxlint', ['--type-aware', '--deny-warnings', 'src', 'test', 'tools', 'bin']);
check('format', 'oxfmt', ['--check', 'src', 'test', 'tools', 'bin']);

// In a terminal of its own, CI in the environment would make the console think that nobody looks.
const { CI: _ci, ...env } = process.env;
const ok = run('tests', 'vitest', ['run', ...process.argv.slice(2)], { ...env, EMISAR_TEST_COUNTS: countsFile });
try {
  for (const line of readFileSync(countsFile, 'utf8').trim().split('\n')) {
    const counts = JSON.parse(line);
    passed += counts.passed;
    failed += counts.failed;
  }
} catch {
  failed += 1;
}
if (!ok && failed === 0) failed += 1;
rmSync(scratch, { recursive: true, force: true });
process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
