// What runners carry, pack by pack. A runner's words have a name made of their content, so what runners with that
// name carry is read once and kept: in a fleet in which no two hosts are alike this saves a row a runner and pack.
import { selectCarried } from './advertisement-store.ts';
import type { CarriedPack, Carrier, Offers } from './offers.ts';
import type { Sql } from './store.ts';

const RUNNERS_A_PART = 500;
const MAX_KEPT_CATALOGUES = 20_000;
const MAX_KEPT_PACKS = 50_000;

type Row = Omit<Awaited<ReturnType<typeof selectCarried>>[number], 'runner_id' | 'catalogue_digest'>;

export function carriedOf({ pack_id, version, hash, actions_digest }: Row): CarriedPack {
  return { packId: pack_id, packVersion: version, packHash: hash, actionsDigest: actions_digest };
}

export function createCarried(): Offers['carried'] {
  const catalogues = new Map<string, readonly CarriedPack[]>();
  const packs = new Map<string, CarriedPack>();
  const shared = (row: Row): CarriedPack => {
    const key = `${row.pack_id}\n${row.version}\n${row.hash}\n${row.actions_digest}`;
    const pack = packs.get(key) ?? carriedOf(row);
    packs.set(key, pack);
    return pack;
  };

  async function read(sql: Sql, carriers: readonly Carrier[], into: Map<string, readonly CarriedPack[]>) {
    for (let from = 0; from < carriers.length; from += RUNNERS_A_PART) {
      const part = carriers.slice(from, from + RUNNERS_A_PART);
      const ids = part.map(({ runnerId }) => runnerId);
      const rows = Map.groupBy(await selectCarried(sql, ids), (row) => row.runner_id);
      for (const { runnerId } of part) {
        const found = rows.get(runnerId) ?? [];
        const carried = found.map(shared);
        into.set(runnerId, carried);
        // By the name that was read with it: the runner may have said something else since it was asked about.
        const digest = found[0]?.catalogue_digest ?? null;
        if (digest !== null) catalogues.set(digest, carried);
      }
    }
  }

  return async (sql, carriers) => {
    if (catalogues.size > MAX_KEPT_CATALOGUES || packs.size > MAX_KEPT_PACKS) {
      catalogues.clear();
      packs.clear();
    }
    const carried = new Map<string, readonly CarriedPack[]>();
    const unknown: Carrier[] = [];
    for (const carrier of carriers) {
      const known = catalogues.get(carrier.catalogueDigest ?? '');
      if (known) carried.set(carrier.runnerId, known);
      else unknown.push(carrier);
    }
    await read(sql, unknown, carried);
    return carried;
  };
}
