// Says whether dist/ was made from the sources that lie here: by names, sizes and times, without reading them.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const watched = ['src', 'test/support/entries', 'tools', 'package.json', 'package-lock.json'];

/** A digest of what the build reads; it changes whenever one of those files does. */
export function fingerprint(root) {
  const sum = createHash('sha256');
  for (const path of watched) add(sum, join(root, path), path);
  return sum.digest('hex');
}

function add(sum, path, name) {
  if (!existsSync(path)) return;
  const facts = statSync(path);
  if (!facts.isDirectory()) {
    sum.update(`${name}\0${facts.size}\0${facts.mtimeMs}\n`);
    return;
  }
  for (const entry of readdirSync(path).sort()) {
    if (entry !== 'node_modules') add(sum, join(path, entry), `${name}/${entry}`);
  }
}

/** True when dist/ holds what these sources build. */
export function isBuilt(root) {
  const stamp = join(root, 'dist/stamp');
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint(root);
}
