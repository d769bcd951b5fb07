// The door to packs: what runners advertise, who trusts which exact bytes, and whether an action may go out.
// The rules of trust are protocol/pack-trust.ts; runs ask `offers` before every hand-over.
import { readFileSync } from 'node:fs';
import type { PackVersion, PackVersionDetail } from '../../protocol/api/packs.ts';
import { Refusal } from '../../protocol/errors.ts';
import type { Scoped } from '../../protocol/scope.ts';
import type { RandomBytes } from '../../protocol/ids.ts';
import { decodeCatalogue } from '../../packs/catalogue.ts';
import type { Audit } from '../audit/audit.ts';
import type { Clock } from '../clock.ts';
import type { Database, Tx } from '../database/database.ts';
import type { Outbox } from '../event-stream/outbox.ts';
import { rejectPack, revokePack, trustPack, type Decide } from './decision.ts';
import { deletePackVersion, type DeleteVersion } from './deletion.ts';
import { forgetRunner, ingestAdvertisement, type Advertisement } from './ingest.ts';
import { createOffers, type Offers } from './offers.ts';
import { showPackVersion, showPackVersions } from './shown.ts';
import { selectPackVersion, selectPackVersions, type PackVersionFilter } from './store.ts';

export interface Packs {
  /** Takes in an advertisement inside the session's own transaction; a bad action is skipped, never fatal. */
  ingest(tx: Tx, from: { accountId: string; runnerId: string }, advertisement: Advertisement): Promise<void>;
  /** Forgets what a deleted runner advertised. */
  forget(tx: Tx, runnerId: string): Promise<void>;
  /** Rows for lists and viewers; all of the account when `ids` is null. */
  rows(asked: Scoped, ids: readonly string[] | null): Promise<PackVersion[]>;
  list(asked: Scoped, filter: Omit<PackVersionFilter, 'ids'>): Promise<PackVersion[]>;
  /** By id or `pack@version`. Refuses `not_found`. */
  detail(asked: Scoped, reference: string): Promise<PackVersionDetail>;
  /** Refuses `not_found`, `pack_moved`, `nothing_to_trust`, `descriptor_mismatch`. */
  trust(decide: Decide): Promise<PackVersion>;
  /** Refuses `not_found`, `pack_moved`, `nothing_to_trust`. */
  reject(decide: Decide): Promise<PackVersion>;
  /** Refuses `not_found`, `pack_moved`, `nothing_to_revoke`. */
  revoke(decide: Decide): Promise<PackVersion>;
  /** Deletes it, trust included; what runners still carry waits for a new decision. Refuses `not_found`. */
  remove(asked: DeleteVersion): Promise<{ id: string; pack_id: string; version: string }>;
  readonly offers: Offers;
}

/** `catalogueFile` is the published catalogue that was committed with the program. */
export function createPacks(parts: {
  database: Database;
  clock: Clock;
  random: RandomBytes;
  audit: Audit;
  outbox: Outbox;
  catalogueFile: string;
}): Packs {
  const { database, outbox } = parts;
  const catalogue = decodeCatalogue(readFileSync(parts.catalogueFile, 'utf8'));
  const ingestParts = { ...parts, catalogue };

  async function list(asked: Scoped, filter: PackVersionFilter): Promise<PackVersion[]> {
    return showPackVersions(
      database.read,
      catalogue,
      asked,
      await selectPackVersions(database.read, asked, filter),
    );
  }
  async function rowAfter(asked: Scoped, id: string): Promise<PackVersion> {
    const [row] = await list(asked, { ids: [id] });
    if (!row) throw new Refusal('not_found', 'Cannot find this pack version');
    return row;
  }

  return {
    offers: createOffers(),
    ingest: (tx, from, advertisement) => ingestAdvertisement(ingestParts, tx, from, advertisement),
    forget: async (tx, runnerId) => {
      const runner = await tx.sql
        .selectFrom('runners')
        .select('account_id')
        .where('id', '=', runnerId)
        .executeTakeFirst();
      if (runner) await forgetRunner(outbox, tx, runner.account_id, runnerId);
    },
    rows: (asked, ids) => list(asked, ids === null ? {} : { ids }),
    list,
    detail: async (asked, reference) => {
      const row = await selectPackVersion(database.read, asked, reference);
      if (!row) throw new Refusal('not_found', 'Cannot find this pack version');
      return showPackVersion(database.read, catalogue, asked, row);
    },
    trust: async (decide) =>
      rowAfter(decide, await database.write((tx) => trustPack(ingestParts, tx, decide))),
    reject: async (decide) =>
      rowAfter(decide, await database.write((tx) => rejectPack(ingestParts, tx, decide))),
    remove: (asked) => database.write((tx) => deletePackVersion(ingestParts, tx, asked)),
    revoke: async (decide) =>
      rowAfter(decide, await database.write((tx) => revokePack(ingestParts, tx, decide))),
  };
}
