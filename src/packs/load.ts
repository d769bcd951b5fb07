// Finding packs below the configured paths, and loading them all: fail-fast or leaving broken ones out.
import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { LoadedAction } from './loaded-pack.ts';
import { loadPackDirectory, type PackOnDisk } from './pack-directory.ts';
import { PackProblem } from './pack-problem.ts';

export interface PackSet {
  readonly packs: readonly PackOnDisk[];
  /** By action id, over all packs. */
  readonly actions: ReadonlyMap<string, ActionInPack>;
  /** Packs that were left out; empty in fail-fast loading. */
  readonly degraded: readonly DegradedPack[];
}

export interface ActionInPack extends LoadedAction {
  readonly pack: PackOnDisk;
}

export interface DegradedPack {
  /** The pack's directory name. */
  readonly pack: string;
  /** Names file and rule. */
  readonly reason: string;
}

/**
 * Directories that hold a pack: a path with pack.yaml itself, otherwise its immediate non-hidden children
 * with one, by name. Missing paths are skipped; a path that is no directory throws PackProblem.
 */
export function findPackDirectories(paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    const kind = kindOf(path);
    if (kind === 'missing') return [];
    if (kind !== 'directory') throw new PackProblem(path, '', 'directory', 'is not a directory');
    if (kindOf(join(path, 'pack.yaml')) !== 'missing') return [path];
    return childrenOf(path)
      .filter((name) => !name.startsWith('.'))
      .toSorted()
      .map((name) => join(path, name))
      .filter((child) => kindOf(child) === 'directory' && kindOf(join(child, 'pack.yaml')) !== 'missing');
  });
}

/** Loads every pack or throws the first PackProblem: reload, install and validate. */
export function loadPacks(paths: readonly string[]): PackSet {
  return collectPacks(paths, (problem) => {
    throw problem;
  });
}

/** Loads what can be loaded and names the rest as degraded: the start of the daemon, doctor and state. */
export function loadPacksLeniently(paths: readonly string[]): PackSet {
  const degraded: DegradedPack[] = [];
  const set = collectPacks(paths, (problem, directory) => {
    degraded.push({ pack: basename(directory), reason: problem.message });
  });
  return { ...set, degraded };
}

function collectPacks(
  paths: readonly string[],
  onProblem: (problem: PackProblem, directory: string) => void,
): PackSet {
  const packs: PackOnDisk[] = [];
  const actions = new Map<string, ActionInPack>();
  for (const directory of findPackDirectories(paths)) {
    try {
      const pack = loadPackDirectory(directory);
      refuseDuplicates(pack, packs, actions);
      packs.push(pack);
      for (const loaded of pack.actions) actions.set(loaded.action.id, { ...loaded, pack });
    } catch (error) {
      if (!(error instanceof PackProblem)) throw error;
      onProblem(error, directory);
    }
  }
  return { packs, actions, degraded: [] };
}

function refuseDuplicates(
  pack: PackOnDisk,
  packs: readonly PackOnDisk[],
  actions: ReadonlyMap<string, ActionInPack>,
): void {
  const twin = packs.find((other) => other.manifest.id === pack.manifest.id);
  if (twin) {
    const sentence = `the pack ${pack.manifest.id} is also in ${twin.directory}`;
    throw new PackProblem(`${pack.directory}/pack.yaml`, 'id', 'duplicate_id', sentence);
  }
  for (const { action, file } of pack.actions) {
    const other = actions.get(action.id);
    if (!other) continue;
    const sentence = `the action ${action.id} is also in ${other.pack.directory}/${other.file}`;
    throw new PackProblem(`${pack.directory}/${file}`, 'id', 'duplicate_id', sentence);
  }
}

function kindOf(path: string): 'missing' | 'directory' | 'other' {
  try {
    return statSync(path).isDirectory() ? 'directory' : 'other';
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    // A file that exists but cannot be looked at must become a problem of the pack, not silence.
    return code === 'ENOENT' ? 'missing' : 'other';
  }
}

function childrenOf(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    throw new PackProblem(path, '', 'readable', 'cannot be listed');
  }
}
