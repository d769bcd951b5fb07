// Whether the pack on this disk, now, is the one that was trusted: bytes are read again for every dispatch.
import { currentPackHash, type PackOnDisk } from '../../packs/pack-directory.ts';
import { PackProblem } from '../../packs/pack-problem.ts';

export interface TrustClaim {
  readonly expectedPackHash?: string;
  readonly packRef?: string;
}

/** Why the pack does not match what was dispatched, or null (SPEC GA1). */
export function trustFault(pack: PackOnDisk, claim: TrustClaim): string | null {
  const { id, version } = pack.manifest;
  if (claim.expectedPackHash === undefined)
    return `the dispatch does not say which bytes of pack ${id} are trusted`;
  const onDisk = hashOnDisk(pack);
  if ('fault' in onDisk) return onDisk.fault;
  if (onDisk.hash !== claim.expectedPackHash) {
    return `pack ${id} on this host is ${onDisk.hash}, the dispatch expects ${shown(claim.expectedPackHash)}`;
  }
  // The files may match while the definitions in memory are those of an earlier edit.
  if (pack.hash !== onDisk.hash)
    return `pack ${id} changed on this host since it was loaded; reload the runner`;
  const reference = `${id}@${version}/${pack.hash}`;
  if (claim.packRef !== undefined && claim.packRef !== '' && claim.packRef !== reference) {
    return `the pack on this host is ${reference}, the dispatch refers to ${shown(claim.packRef)}`;
  }
  return null;
}

function hashOnDisk(pack: PackOnDisk): { hash: string } | { fault: string } {
  try {
    return { hash: currentPackHash(pack) };
  } catch (error) {
    if (!(error instanceof PackProblem)) throw error;
    return { fault: `pack ${pack.manifest.id} cannot be read again: ${error.message}` };
  }
}

function shown(text: string): string {
  return text.slice(0, 300).replace(/[^ -~]/g, '?');
}
