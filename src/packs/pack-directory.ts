// Packs as directories on disk: path safety, symbolic links, fresh bytes. The only file here that reads
// disks, with load.ts, which finds the directories.
import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, realpathSync } from 'node:fs';
import { join, posix } from 'node:path';
import { rehashPack, readPack, type LoadedPack } from './loaded-pack.ts';
import { PackProblem } from './pack-problem.ts';
import { liesIn, type PathResolver } from './path-rules.ts';

const maxFileBytes = 8 * 1024 * 1024;

export interface PackOnDisk extends LoadedPack {
  /** Absolute path of the pack's directory, as configured (not resolved). */
  readonly directory: string;
}

/** Loads the pack in `directory`. Messages name files as `label/…`. Throws PackProblem. */
export function loadPackDirectory(directory: string, label: string = directory): PackOnDisk {
  let allowSymlinks = false;
  const read = (path: string, owner: string, field: string): Uint8Array =>
    readInside(directory, path, { owner, field, allowSymlinks });
  // The manifest itself decides whether links are allowed below the root, and is itself never one.
  const pack = readPack(read, label, (manifest) => {
    allowSymlinks = manifest.allowSymlinks;
  });
  return { ...pack, directory };
}

/** The hash of the pack's files as they are now; throws PackProblem when one is gone or no longer safe. */
export function currentPackHash(pack: PackOnDisk): string {
  const { allowSymlinks } = pack.manifest;
  return rehashPack(pack, (path) =>
    readInside(pack.directory, path, {
      owner: `${pack.directory}/pack.yaml`,
      field: path,
      // A manifest that is a link was refused at load, whatever it says about others.
      allowSymlinks: allowSymlinks && path !== 'pack.yaml',
    }),
  );
}

/** Absolute path and current bytes of a file of the pack, with every check of its path made again. */
export function readPackFile(pack: PackOnDisk, path: string): { absolutePath: string; bytes: Uint8Array } {
  const place = { owner: pack.directory, field: path, allowSymlinks: pack.manifest.allowSymlinks };
  return {
    absolutePath: join(pack.directory, posix.normalize(path)),
    bytes: readInside(pack.directory, path, place),
  };
}

interface Reference {
  readonly owner: string;
  readonly field: string;
  readonly allowSymlinks: boolean;
}

function readInside(directory: string, path: string, reference: Reference): Uint8Array {
  const file = openFile(safePath(directory, path, reference), path, reference);
  try {
    // Asked of what is open: the name may lead elsewhere by now.
    const stats = fstatSync(file);
    if (!stats.isFile()) throw problem(reference, path, 'file', 'is not a regular file');
    if (stats.size > maxFileBytes)
      throw problem(reference, path, 'size', `is larger than ${maxFileBytes} bytes`);
    return readFileSync(file);
  } catch (error) {
    if (error instanceof PackProblem) throw error;
    throw problem(reference, path, 'readable', `cannot be read (${codeOf(error)})`);
  } finally {
    closeSync(file);
  }
}

function openFile(resolved: string, path: string, reference: Reference): number {
  try {
    // Without waiting: a pipe that nobody writes to would hold the runner.
    return openSync(resolved, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  } catch (error) {
    throw problem(reference, path, 'readable', `cannot be read (${codeOf(error)})`);
  }
}

/** Where the path leads, every link followed. */
function safePath(directory: string, path: string, reference: Reference): string {
  if (path === '' || path.includes('\0')) throw problem(reference, path, 'path', 'is not a path');
  if (path.startsWith('/')) throw problem(reference, path, 'path', 'must be relative to the pack');
  const cleaned = posix.normalize(path);
  if (cleaned === '.' || cleaned === '..' || cleaned.startsWith('../')) {
    throw problem(reference, path, 'path_escape', 'leads out of the pack');
  }
  const absolute = join(directory, cleaned);
  if (!reference.allowSymlinks) refuseLinks(directory, cleaned, path, reference);
  const resolved = realPath(absolute, path, reference);
  if (!liesIn(resolved, realPath(directory, '.', reference))) {
    throw problem(reference, path, 'path_escape', 'leads out of the pack');
  }
  return resolved;
}

function refuseLinks(directory: string, cleaned: string, path: string, reference: Reference): void {
  let step = directory;
  for (const segment of cleaned.split('/')) {
    step = join(step, segment);
    let isLink: boolean;
    try {
      isLink = lstatSync(step).isSymbolicLink();
    } catch (error) {
      throw problem(reference, path, 'exists', `cannot be read (${codeOf(error)})`);
    }
    if (isLink) throw problem(reference, path, 'symlink', 'is or passes through a symbolic link');
  }
}

function realPath(absolute: string, path: string, reference: Reference): string {
  try {
    return realpathSync.native(absolute);
  } catch (error) {
    throw problem(reference, path, 'exists', `cannot be read (${codeOf(error)})`);
  }
}

function problem(reference: Reference, path: string, rule: string, sentence: string): PackProblem {
  const shown = path.slice(0, 200).replace(/[^ -~]/g, '?');
  return new PackProblem(
    reference.owner,
    reference.field,
    rule,
    shown === '' ? sentence : `${shown} ${sentence}`,
  );
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}

/** Path resolver over the real file system, for path rules of arguments. */
export const diskPathResolver: PathResolver = (path) => {
  try {
    return { found: 'path', path: realpathSync.native(path) };
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') return { found: 'unreadable' };
  }
  try {
    // A link to nowhere exists: writing through it would create its target, wherever that is.
    lstatSync(path);
    return { found: 'unreadable' };
  } catch (error) {
    return { found: codeOf(error) === 'ENOENT' ? 'missing' : 'unreadable' };
  }
};
