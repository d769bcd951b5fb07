// A pack read from bytes: manifest, actions, hash. Where the bytes come from is the caller's (a directory, an
// archive); path safety of a directory is pack-directory.ts's.
import { decodeAction, type Action } from './action.ts';
import { packHash, sha256Hex, type HashedFile } from './hash.ts';
import { locating } from './locate.ts';
import { decodeManifest, type PackManifest } from './manifest.ts';
import { PackProblem } from './pack-problem.ts';

export interface LoadedAction {
  readonly action: Action;
  readonly packId: string;
  /** Pack-relative, as the manifest names it. */
  readonly file: string;
  /** Only for scripts: lower hex of the bytes that were hashed, to be compared again before each start. */
  readonly scriptSha256?: string;
}

export interface LoadedPack {
  readonly manifest: PackManifest;
  readonly hash: string;
  readonly actions: readonly LoadedAction[];
  /** The path list of the hash, in the order read; a script stands once for each action that names it. */
  readonly hashedPaths: readonly string[];
}

/**
 * Gives the bytes of a pack-relative path, or throws PackProblem (`owner` and `field` say who refers to it).
 */
export type PackFileReader = (path: string, owner: string, field: string) => Uint8Array;

/** Reads a whole pack; `label` stands before every file name in messages. Throws PackProblem. */
export function readPack(
  read: PackFileReader,
  label: string,
  onManifest?: (manifest: PackManifest) => void,
): LoadedPack {
  const manifestFile = `${label}/pack.yaml`;
  const manifestBytes = read('pack.yaml', manifestFile, '');
  const manifest = decodeManifest(manifestBytes, manifestFile);
  onManifest?.(manifest);
  const files: HashedFile[] = [{ path: 'pack.yaml', bytes: manifestBytes }];
  const actions = locating(manifestBytes, manifestFile, () => {
    const loaded = manifest.actions.map((path, index) =>
      readAction(read, { path, label, field: `actions[${index}]`, packId: manifest.id }, files),
    );
    checkVerify(manifest, manifestFile, loaded);
    return loaded;
  });
  checkActionIds(actions, label);
  return { manifest, hash: packHash(files), actions, hashedPaths: files.map((file) => file.path) };
}

function checkVerify(manifest: PackManifest, file: string, actions: readonly LoadedAction[]): void {
  const verify = manifest.setup?.verify;
  if (verify === undefined || actions.some((loaded) => loaded.action.id === verify)) return;
  throw new PackProblem(file, 'setup.verify', 'verify', `no action of this pack is called ${verify}`);
}

interface ActionPlace {
  readonly path: string;
  readonly label: string;
  readonly field: string;
  readonly packId: string;
}

function readAction(read: PackFileReader, place: ActionPlace, files: HashedFile[]): LoadedAction {
  const bytes = read(place.path, `${place.label}/pack.yaml`, place.field);
  files.push({ path: place.path, bytes });
  const file = `${place.label}/${place.path}`;
  const action = decodeAction(bytes, file);
  const { command } = action.execution;
  if (command.kind !== 'script') return { action, packId: place.packId, file: place.path };
  const script = locating(bytes, file, () => read(command.scriptPath, file, 'execution.script.path'));
  files.push({ path: command.scriptPath, bytes: script });
  return { action, packId: place.packId, file: place.path, scriptSha256: sha256Hex(script) };
}

function checkActionIds(actions: readonly LoadedAction[], label: string): void {
  const seen = new Map<string, string>();
  for (const { action, file } of actions) {
    const other = seen.get(action.id);
    if (other !== undefined) {
      throw new PackProblem(
        `${label}/${file}`,
        'id',
        'duplicate_id',
        `the action ${action.id} is also in ${other}`,
      );
    }
    seen.set(action.id, file);
  }
}

/** Hash over fresh bytes of the same path list: what a dispatch compares with the trusted hash. */
export function rehashPack(pack: LoadedPack, read: (path: string) => Uint8Array): string {
  return packHash(pack.hashedPaths.map((path) => ({ path, bytes: read(path) })));
}
