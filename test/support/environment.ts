// What tests, and the programs they start, find in their environment: nothing of the machine they run on
// that would change what they do, and a folder for temporary files that is gone afterwards.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

// Ink draws nothing but its last frame when CI is set, even to nothing.
delete process.env['CI'];
for (const name of Object.keys(process.env)) {
  if (/^(EMISAR_|npm_|NO_COLOR$|FORCE_COLOR$)/.test(name)) delete process.env[name];
}
process.env['TZ'] = 'UTC';

const outer = process.env['TMPDIR'];
const folder = mkdtempSync(join(tmpdir(), 'emisar-test-'));
process.env['TMPDIR'] = folder;
afterAll(() => {
  if (outer === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = outer;
  // A program that was just told to end may still put something away.
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
});
