// Reads a paged list to its end, or to as many rows as were asked for.
import type { z } from 'zod';
import type { Route } from '../../protocol/api/route.ts';
import type { CallArguments, Call } from './session.ts';

const PAGE = 500;

interface Page<Row> {
  readonly items: Row[];
  readonly next_cursor: string | null;
  readonly total: number;
}

type RowOf<R extends Route> = z.output<R['output']> extends Page<infer Row> ? Row : never;

/** Rows in the server's order and how many there are in all. */
export async function readPages<R extends Route>(
  call: Call,
  route: R,
  query: Omit<z.input<R['query']>, 'cursor' | 'limit'>,
  most = Number.POSITIVE_INFINITY,
): Promise<{ items: RowOf<R>[]; total: number }> {
  const items: RowOf<R>[] = [];
  let cursor: string | null = null;
  let total = 0;
  do {
    const limit = Math.min(PAGE, most - items.length);
    const parts = [{ query: { ...query, limit, ...(cursor === null ? {} : { cursor }) } }];
    const page: Page<RowOf<R>> = (await call(route, ...(parts as unknown as CallArguments<R>))) as Page<
      RowOf<R>
    >;
    items.push(...page.items);
    total = page.total;
    cursor = page.next_cursor;
  } while (cursor !== null && items.length < most);
  return { items, total };
}
