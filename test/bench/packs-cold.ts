// One measurement of packs.ts in a process of its own, as a program that starts meets it: `load PATH`,
// `parse PATH` (every YAML file below it) or `hash PATH`; prints milliseconds.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { loadPacks } from '../../src/packs/load.ts';
import { currentPackHash } from '../../src/packs/pack-directory.ts';

const [mode, path = ''] = process.argv.slice(2);
const { packs } = mode === 'hash' ? loadPacks([path]) : { packs: [] };
const started = performance.now();
if (mode === 'load') {
  const { actions } = loadPacks([path]);
  if (actions.size < 1_000) throw new Error('not everything was loaded');
} else if (mode === 'hash') {
  packs.map((pack) => currentPackHash(pack));
} else {
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => name.endsWith('.yaml')).map((name) => join(path, name));
  for (const file of files) parse(readFileSync(file, 'utf8'));
}
process.stdout.write(String(performance.now() - started));
