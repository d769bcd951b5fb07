// The published catalogue: which packs of which exact bytes this program ships knowledge of, and what their
// actions promise. The file is committed; a test holds it to the packs beside it.
import { z } from 'zod';
import { describeAction, type ActionDescriptor } from './descriptor.ts';
import type { LoadedPack } from './loaded-pack.ts';
import { PackProblem } from './pack-problem.ts';

export interface CataloguedPack {
  readonly id: string;
  readonly version: string;
  readonly name: string;
  readonly description: string;
  readonly hash: string;
  /** Versions strictly below this one are refused at dispatch. */
  readonly retired_below?: string;
  /** Availability is a host's matter: here every executable counts as present. */
  readonly actions: readonly ActionDescriptor[];
}

export interface Catalogue {
  readonly schema_version: 1;
  readonly packs: readonly CataloguedPack[];
}

// The descriptors were derived by this program and are only relayed; their shape is checked as far as it is
// used.
const descriptorShape = z.looseObject({
  id: z.string(),
  pack_id: z.string(),
  risk: z.string(),
  args: z.array(z.unknown()),
});
const catalogueShape = z.strictObject({
  schema_version: z.literal(1),
  packs: z.array(
    z.strictObject({
      id: z.string(),
      version: z.string(),
      name: z.string(),
      description: z.string(),
      hash: z.string().regex(/^sha256:[0-9a-f]{64}$/),
      retired_below: z.string().optional(),
      actions: z.array(descriptorShape),
    }),
  ),
});

/** Reads packs/catalogue.json; `file` is the name used in messages. Throws PackProblem. */
export function decodeCatalogue(text: string, file = 'packs/catalogue.json'): Catalogue {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new PackProblem(file, '', 'json', 'is not valid JSON');
  }
  const read = catalogueShape.safeParse(json);
  if (read.success) return json as Catalogue;
  const [issue] = read.error.issues;
  throw new PackProblem(
    file,
    issue?.path.join('.') ?? '',
    'catalogue',
    issue?.message ?? 'has an unknown shape',
  );
}

/** The published version of a pack, or undefined. */
export function findCataloguedPack(
  catalogue: Catalogue,
  id: string,
  version: string,
): CataloguedPack | undefined {
  return catalogue.packs.find((pack) => pack.id === id && pack.version === version);
}

/** The catalogue entry of a pack as it is read now. */
export function cataloguePack(pack: LoadedPack): CataloguedPack {
  const { id, version, name, description, retiredBelow } = pack.manifest;
  return {
    id,
    version,
    name,
    description,
    hash: pack.hash,
    ...(retiredBelow !== undefined && { retired_below: retiredBelow }),
    actions: pack.actions.map((loaded) => describeAction(loaded.action, id, true)),
  };
}

/** The committed text of a catalogue of these packs. */
export function encodeCatalogue(packs: readonly LoadedPack[]): string {
  const entries = packs.map(cataloguePack).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return `${JSON.stringify({ schema_version: 1, packs: entries } satisfies Catalogue, null, 2)}\n`;
}
