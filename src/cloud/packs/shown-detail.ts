// What a decision about one pack version needs: both sides, the difference, and who advertises it.
import type { z } from 'zod';
import type { listPackVersionRunners, PackDiff, PackVersionDetail } from '../../protocol/api/packs.ts';
import type { ActionDescriptor } from '../../protocol/descriptor.ts';
import { dangersOf, diffActions, type ActionChange } from '../../protocol/pack-diff.ts';
import type { Scoped } from '../../protocol/scope.ts';
import { findCataloguedPack, type Catalogue } from '../../packs/catalogue.ts';
import { readCursor, writeCursor } from '../http/page-cursor.ts';
import { selectContracts } from './advertisement-store.ts';
import {
  countAdvertisersOf,
  disputesOf,
  selectAdvertisers,
  selectContractsOfHash,
  type VersionRef,
} from './advertiser-store.ts';
import { descriptorOf } from './contract.ts';
import { digestsOf, showPackVersions } from './shown.ts';
import type { PackVersionRow, Sql } from './store.ts';

const MAX_SHOWN_RUNNERS = 100;

interface Sides {
  trusted: ActionDescriptor[];
  pending: ActionDescriptor[];
  /** Actions about which runners with the pending hash contradict each other. */
  disputed: string[];
}

/** The actions that the trusted bytes allow and those that the waiting ones would. */
export async function readSides(sql: Sql, catalogue: Catalogue, row: PackVersionRow): Promise<Sides> {
  const trusted = row.trusted_hash === null ? [] : await readDescriptors(sql, digestsOf(row));
  if (row.pending_hash === null) return { trusted, pending: [], disputed: [] };
  const advertised = await selectContractsOfHash(sql, { ...refOf(row), hash: row.pending_hash });
  const disputed = [...new Set(disputesOf(advertised).map(({ action_id }) => action_id))];
  // Where runners disagree one contract is shown; trusting is refused and names them.
  const byAction = new Map(advertised.map((contract) => [contract.action_id, contract.contract_digest]));
  if (byAction.size > 0)
    return { trusted, pending: await readDescriptors(sql, [...byAction.values()]), disputed };
  const published = findCataloguedPack(catalogue, row.pack_id, row.version);
  const isPublished = published?.hash === row.pending_hash;
  return {
    trusted,
    pending: isPublished ? (published.actions as unknown as ActionDescriptor[]) : [],
    disputed,
  };
}

async function readDescriptors(sql: Sql, digests: readonly string[]): Promise<ActionDescriptor[]> {
  const texts = await selectContracts(sql, digests);
  return [...texts.values()].map(descriptorOf).sort((a, b) => (a.id < b.id ? -1 : 1));
}

function refOf({ account_id, pack_id, version }: PackVersionRow): VersionRef {
  return { accountId: account_id, packId: pack_id, version };
}

function changesOf({ trusted, pending }: Sides): { changes: ActionChange[]; unchanged_count: number } {
  const waits = pending.length > 0;
  const changes = waits ? diffActions(trusted, pending) : [];
  const touched = new Set(changes.map(({ id }) => id));
  const unchanged = (waits ? pending : trusted).filter(({ id }) => !touched.has(id));
  return { changes, unchanged_count: unchanged.length };
}

export function showDiff(row: PackVersionRow, sides: Sides): PackDiff {
  const shown = changesOf(sides);
  const { trusted_hash, pending_hash } = row;
  return { trusted_hash, pending_hash, ...shown, ...dangersOf(shown.changes) };
}

/** Everything in one answer. */
export async function showPackVersion(
  sql: Sql,
  catalogue: Catalogue,
  asked: Scoped,
  row: PackVersionRow,
): Promise<PackVersionDetail> {
  const [shown] = await showPackVersions(sql, catalogue, asked, [row]);
  if (!shown) throw new Error('a pack version that was just read has no row');
  const sides = await readSides(sql, catalogue, row);
  const page = { ...asked, ...refOf(row), firstHash: row.pending_hash, after: null };
  const runners = await selectAdvertisers(sql, { ...page, limit: MAX_SHOWN_RUNNERS });
  return {
    ...shown,
    trusted_actions: sides.trusted,
    pending_actions: sides.pending,
    ...changesOf(sides),
    runners: runners.map(shownRunner),
    coverage: coverageOf(asked),
    disputed_actions: sides.disputed,
  };
}

/** A page of everybody in reach who advertises it. */
export async function showAdvertisers(
  sql: Sql,
  asked: Scoped,
  row: PackVersionRow,
  page: z.output<typeof listPackVersionRunners.query>,
): Promise<z.output<typeof listPackVersionRunners.output>> {
  const of = { ...asked, ...refOf(row) };
  const after = page.cursor === undefined ? null : positionOf(page.cursor);
  const found = await selectAdvertisers(sql, {
    ...of,
    firstHash: row.pending_hash,
    after,
    limit: page.limit + 1,
  });
  const shown = found.slice(0, page.limit);
  const last = found.length > page.limit ? shown.at(-1) : undefined;
  return {
    items: shown.map(shownRunner),
    next_cursor: last ? writeCursor([Number(last.is_other), last.name]) : null,
    total: await countAdvertisersOf(sql, of),
    coverage: coverageOf(asked),
  };
}

function positionOf(cursor: string) {
  const [isOther, name] = readCursor(cursor, 2);
  return { isOther: Number(isOther), name: String(name) };
}

function shownRunner({ id, name, group, hash }: Awaited<ReturnType<typeof selectAdvertisers>>[number]) {
  return { id, name, group, hash };
}

// By what one may see and never by what there is: the word must not tell that something lies outside.
function coverageOf({ reach }: Scoped): PackVersionDetail['coverage'] {
  return reach.runners === 'all' ? 'complete' : 'partial';
}
