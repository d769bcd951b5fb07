// Packs in the number that a large host has, made of the published ones: the same actions and scripts again
// and again, under other ids.
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '../support/program.ts';

const model = join(repository, 'packs/linux-core');

/** Writes `actionCount` actions spread evenly over `packCount` packs; gives every YAML file. */
export function writeManyPacks(path: string, packCount: number, actionCount: number): string[] {
  const names = readdirSync(join(model, 'actions')).toSorted();
  const models = names.map((name) => readFileSync(join(model, 'actions', name), 'utf8'));
  return Array.from({ length: packCount }, (_, pack) => {
    const count = Math.ceil((actionCount - pack) / packCount);
    const texts = Array.from(
      { length: count },
      (_each, at) => models[(pack * 7 + at) % models.length] ?? '',
    ).map((text, at) => text.replace(/^id: linux\./m, `id: bench${pack}.a${at}_`));
    return writeOne(join(path, `pack-${pack}`), `bench${pack}`, texts);
  }).flat();
}

function writeOne(directory: string, id: string, texts: readonly string[]): string[] {
  mkdirSync(join(directory, 'actions'), { recursive: true });
  cpSync(join(model, 'scripts'), join(directory, 'scripts'), { recursive: true });
  const paths = texts.map((_, at) => `actions/action_${at}.yaml`);
  const head = readFileSync(join(model, 'pack.yaml'), 'utf8');
  const manifest = head
    .replace(/^id: .*$/m, `id: ${id}`)
    .replace(/^ {2}verify: .*\n/m, '')
    .replace(/^actions:\n(?: +- .*\n)+/m, `actions:\n${paths.map((name) => `  - ${name}\n`).join('')}`);
  writeFileSync(join(directory, 'pack.yaml'), manifest);
  for (const [at, text] of texts.entries()) writeFileSync(join(directory, paths[at] ?? ''), text);
  return ['pack.yaml', ...paths].map((name) => join(directory, name));
}
