// Packs by their id, the versions of each counted together.
import type { z } from 'zod';
import type { getPack, listPacks, Pack, PackVersion } from '../../protocol/api/packs.ts';
import { Refusal } from '../../protocol/errors.ts';
import { needsDecision } from '../../protocol/pack-trust.ts';
import { newestVersionFirst } from '../../protocol/pack-version-order.ts';
import type { Scoped } from '../../protocol/scope.ts';
import { readCursor, writeCursor } from '../http/page-cursor.ts';

export interface GroupedPacks {
  list(
    asked: Scoped,
    query: z.output<typeof listPacks.query>,
  ): Promise<{ items: Pack[]; next_cursor: string | null; total: number }>;
  /** Refuses `not_found`. */
  detail(asked: Scoped, packId: string): Promise<z.output<typeof getPack.output>>;
}

type Versions = (asked: Scoped, filter: { packId?: string }) => Promise<PackVersion[]>;

export function createGroupedPacks(versionsOf: Versions): GroupedPacks {
  return {
    list: async (asked, { q = '', cursor, limit }) => {
      const versions = Map.groupBy(await versionsOf(asked, {}), ({ pack_id }) => pack_id);
      const needle = q.trim().toLowerCase();
      const found = [...versions]
        .filter(([id]) => id.includes(needle))
        .map(([id, of]) => packOf(id, of))
        .toSorted((a, b) => (a.id < b.id ? -1 : 1));
      const [after] = cursor === undefined ? [''] : readCursor(cursor, 1);
      const rest = found.filter(({ id }) => id > String(after));
      const items = rest.slice(0, limit);
      const last = items.at(-1);
      const next_cursor = last && rest.length > limit ? writeCursor([last.id]) : null;
      return { items, next_cursor, total: found.length };
    },
    detail: async (asked, packId) => {
      const versions = await versionsOf(asked, { packId });
      if (versions.length === 0) throw new Refusal('not_found', 'Cannot find this pack');
      const sorted = versions.toSorted((a, b) => newestVersionFirst(a.version, b.version));
      return { ...packOf(packId, sorted), versions: sorted };
    },
  };
}

function packOf(id: string, versions: readonly PackVersion[]): Pack {
  const [newest = ''] = versions.map(({ version }) => version).toSorted(newestVersionFirst);
  const [seen = ''] = versions
    .map(({ last_seen_at }) => last_seen_at)
    .toSorted()
    .toReversed();
  return {
    id,
    versions_count: versions.length,
    needs_decision_count: versions.filter(({ state }) => needsDecision(state)).length,
    runners_count: versions.reduce((sum, version) => sum + version.runners_count, 0),
    newest_version: newest,
    last_seen_at: seen,
  };
}
