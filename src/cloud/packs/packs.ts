// The door to packs: what runners advertise, who trusts which exact bytes, and whether an action may go out.
// The rules of trust are protocol/pack-trust.ts; runs ask `offers` before every hand-over.
import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import type { PackCleanup } from '../../protocol/api/pack-settings.ts';
import type {
  listPackVersionRunners,
  PackDiff,
  PackVersion,
  PackVersionDetail,
} from '../../protocol/api/packs.ts';
import type { ActionDescriptor } from '../../protocol/descriptor.ts';
import { Refusal } from '../../protocol/errors.ts';
import type { Scoped } from '../../protocol/scope.ts';
import type { RandomBytes } from '../../protocol/ids.ts';
import { decodeCatalogue } from '../../packs/catalogue.ts';
import type { Actor, Audit } from '../audit/audit.ts';
import type { Clock } from '../clock.ts';
import type { Database, Tx } from '../database/database.ts';
import type { Outbox } from '../event-stream/outbox.ts';
import { repeat } from '../repeat.ts';
import { overridePackRetirement, rejectPack, revokePack, trustPack, type Decide } from './decision.ts';
import { deletePack, deletePackVersion, type Delete } from './deletion.ts';
import { createGroupedPacks, type GroupedPacks } from './grouped.ts';
import { forgetRunner, ingestAdvertisement, type Advertisement, type IngestParts } from './ingest.ts';
import { createOffers, type Offers } from './offers.ts';
import { reconcileWithCatalogue } from './reconcile.ts';
import { cleanUp, sweepUnseenVersions } from './retention.ts';
import { createPackSettings, type PackSettings } from './settings.ts';
import { showPackVersions } from './shown.ts';
import { readSides, showAdvertisers, showDiff, showPackVersion } from './shown-detail.ts';
import {
  selectPackVersion,
  selectPackVersions,
  type PackVersionFilter,
  type PackVersionRow,
} from './store.ts';

const FIRST_SWEEP_AFTER_MS = 5 * 60_000;
const SWEEP_EVERY_MS = 24 * 3600_000;

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
  /** Lets a retired version run. Refuses `not_found`, `pack_moved`, `nothing_to_override`. */
  overrideRetirement(decide: Decide): Promise<PackVersion>;
  /** Deletes it, trust included; what runners still carry waits for a new decision. Refuses `not_found`. */
  remove(asked: Delete): Promise<{ id: string; pack_id: string; version: string }>;
  /** The same with every version of a pack. */
  removePack(asked: Delete): Promise<{ id: string; versions: string[] }>;
  /** Refuses `not_found`. */
  diff(asked: Scoped, reference: string): Promise<PackDiff>;
  /** Refuses `not_found`. */
  actions(
    asked: Scoped,
    reference: string,
  ): Promise<{ trusted: ActionDescriptor[]; pending: ActionDescriptor[] }>;
  /** Refuses `not_found`. */
  advertisers(
    asked: Scoped,
    reference: string,
    page: z.output<typeof listPackVersionRunners.query>,
  ): Promise<z.output<typeof listPackVersionRunners.output>>;
  /** Lets go of versions in reach that nobody has shown for as long as the account keeps them. */
  cleanUp(asked: Scoped, by: { actor: Actor; dryRun: boolean }): Promise<z.output<typeof PackCleanup>>;
  readonly grouped: GroupedPacks;
  readonly settings: PackSettings;
  readonly offers: Offers;
  /** Looks at what the catalogue says of versions that are known already, then lets unseen ones go once a day. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** `catalogueFile` is the published catalogue that was committed with the program. */
export function createPacks(parts: {
  database: Database;
  clock: Clock;
  random: RandomBytes;
  audit: Audit;
  outbox: Outbox;
  catalogueFile: string;
  report: (error: unknown, where: string) => void;
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

  async function find(asked: Scoped, reference: string): Promise<PackVersionRow> {
    const row = await selectPackVersion(database.read, asked, reference);
    if (!row) throw new Refusal('not_found', 'Cannot find this pack version');
    return row;
  }
  const decide = async (by: (parts: IngestParts, tx: Tx, asked: Decide) => Promise<string>, asked: Decide) =>
    rowAfter(asked, await database.write((tx) => by(ingestParts, tx, asked)));
  const sweep = repeat(parts.clock, {
    firstAfterMs: FIRST_SWEEP_AFTER_MS,
    everyMs: SWEEP_EVERY_MS,
    work: () => sweepUnseenVersions(ingestParts, database),
    failed: (error) => parts.report(error, 'letting unseen pack versions go'),
  });

  return {
    offers: createOffers(),
    settings: createPackSettings(parts),
    grouped: createGroupedPacks(list),
    start: async () => {
      await database.write((tx) => reconcileWithCatalogue(ingestParts, tx));
      sweep.start();
    },
    stop: sweep.stop,
    cleanUp: (asked, by) => database.write((tx) => cleanUp(ingestParts, tx, asked, by)),
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
    detail: async (asked, reference) =>
      showPackVersion(database.read, catalogue, asked, await find(asked, reference)),
    diff: async (asked, reference) => {
      const row = await find(asked, reference);
      return showDiff(row, await readSides(database.read, catalogue, row));
    },
    actions: async (asked, reference) => {
      const { trusted, pending } = await readSides(database.read, catalogue, await find(asked, reference));
      return { trusted, pending };
    },
    advertisers: async (asked, reference, page) =>
      showAdvertisers(database.read, asked, await find(asked, reference), page),
    trust: (asked) => decide(trustPack, asked),
    reject: (asked) => decide(rejectPack, asked),
    revoke: (asked) => decide(revokePack, asked),
    overrideRetirement: (asked) => decide(overridePackRetirement, asked),
    remove: (asked) => database.write((tx) => deletePackVersion(ingestParts, tx, asked)),
    removePack: (asked) => database.write((tx) => deletePack(ingestParts, tx, asked)),
  };
}
