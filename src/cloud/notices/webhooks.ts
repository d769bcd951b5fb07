// The door to webhooks as a resource: made, changed, tested, removed. What is sent by them is intake.ts and sender.ts.
import type { BlockList } from 'node:net';
import type { z } from 'zod';
import type { createWebhook, Delivery, updateWebhook, Webhook } from '../../protocol/api/webhooks.ts';
import { Refusal } from '../../protocol/errors.ts';
import { createId, createSecret, type RandomBytes } from '../../protocol/ids.ts';
import { bounded } from '../../protocol/neutralise.ts';
import {
  MAX_WEBHOOKS_A_MEMBER,
  OLD_SECRET_SIGNS_MS,
  shownUrl,
  type DeliveryState,
} from '../../protocol/webhook.ts';
import type { Audit } from '../audit/audit.ts';
import { newestSeq } from '../audit/tail.ts';
import type { Clock } from '../clock.ts';
import type { Database, Tx } from '../database/database.ts';
import type { Caller } from '../http/bound-route.ts';
import { newestFirst, pageStart } from '../http/page-cursor.ts';
import { ownWebhooks } from './owner.ts';
import * as queue from './queue-store.ts';
import { showDelivery, showWebhook } from './shown.ts';
import * as store from './store.ts';
import { checkedUrl } from './webhook-url.ts';

export interface WebhookParts {
  database: Database;
  clock: Clock;
  random: RandomBytes;
  audit: Audit;
  allowed: BlockList;
}

export interface Webhooks {
  list(caller: Caller): Promise<Webhook[]>;
  /** By id or name. Refuses `not_found`. */
  get(caller: Caller, reference: string): Promise<Webhook>;
  /** Refuses `webhook_url_refused`, `webhook_exists`, `webhook_limit`. */
  create(
    caller: Caller,
    wish: z.output<typeof createWebhook.body>,
  ): Promise<{ webhook: Webhook; secret: string }>;
  /** Refuses `not_found`, `webhook_url_refused`, `webhook_exists`. */
  update(caller: Caller, reference: string, wish: z.output<typeof updateWebhook.body>): Promise<Webhook>;
  /** Refuses `not_found`. */
  remove(caller: Caller, reference: string): Promise<{ id: string; name: string }>;
  /** Refuses `not_found`. */
  rotate(caller: Caller, reference: string): Promise<{ webhook: Webhook; secret: string }>;
  /** Refuses `not_found`. */
  deliveries(
    caller: Caller,
    reference: string,
    query: { state?: DeliveryState | undefined; cursor?: string | undefined; limit: number },
  ): Promise<{ items: Delivery[]; next_cursor: string | null; total: number }>;
}

export function createWebhooks(parts: WebhookParts): Webhooks {
  const { database } = parts;
  const get = async (caller: Caller, reference: string) => {
    const row = await find(database.read, caller, reference);
    const pending = await queue.countPending(database.read, [row.id]);
    return showWebhook(row, pending.get(row.id) ?? 0);
  };
  return {
    list: async (caller) => {
      const rows = await visible(database.read, caller);
      const pending = await queue.countPending(
        database.read,
        rows.map(({ id }) => id),
      );
      return rows.map((row) => showWebhook(row, pending.get(row.id) ?? 0));
    },
    get,
    create: async (caller, wish) => {
      const made = await database.write((tx) => create(parts, tx, caller, wish));
      return { webhook: await get(caller, made.id), secret: made.secret };
    },
    update: async (caller, reference, wish) => {
      const id = await database.write((tx) => update(parts, tx, caller, reference, wish));
      return get(caller, id);
    },
    remove: (caller, reference) =>
      database.write(async (tx) => {
        const row = await find(tx.sql, caller, reference);
        await queue.deleteDeliveriesOf(tx.sql, row.id);
        await store.deleteWebhook(tx.sql, row.id);
        await note(parts, tx, caller, row, 'webhook.deleted');
        return { id: row.id, name: row.name };
      }),
    rotate: async (caller, reference) => {
      const { id, secret } = await database.write((tx) => rotate(parts, tx, caller, reference));
      return { webhook: await get(caller, id), secret };
    },
    deliveries: async (caller, reference, query) => {
      const { id } = await find(database.read, caller, reference);
      return deliveryPage(database.read, id, query);
    },
  };
}

async function visible(sql: store.Sql, caller: Caller): Promise<store.OwnedWebhook[]> {
  return ownWebhooks(sql, caller, await store.selectWebhooks(sql, caller.accountId));
}

/** By id, or by name: one's own goes before another's. */
export async function find(sql: store.Sql, caller: Caller, reference: string): Promise<store.OwnedWebhook> {
  const rows = await visible(sql, caller);
  const named = rows.filter(({ name }) => name === reference);
  const found =
    rows.find(({ id }) => id === reference) ??
    named.find(({ member_id: id }) => id === caller.memberId) ??
    named[0];
  if (!found) throw new Refusal('not_found', 'Cannot find this webhook');
  return found;
}

async function create(
  parts: WebhookParts,
  tx: Tx,
  caller: Caller,
  wish: z.output<typeof createWebhook.body>,
): Promise<{ id: string; secret: string }> {
  const url = checkedUrl(wish.url, parts.allowed);
  const name = bounded(wish.name, 80);
  const secret = createSecret('webhook', parts.random);
  const row = { id: createId('webhook', parts.random), name, url };
  // First: it takes the number after which news is told, and a turn, so that of two alike the second sees the first.
  await note(parts, tx, caller, row, 'webhook.created', { events: wish.events, url: shownUrl(url) });
  const own = await ownNames(tx, caller);
  if (own.includes(name)) throw new Refusal('webhook_exists');
  if (own.length >= MAX_WEBHOOKS_A_MEMBER) throw new Refusal('webhook_limit');
  const seq = await newestSeq(tx.sql, caller.accountId);
  await store.insertWebhook(
    tx.sql,
    {
      ...row,
      account_id: caller.accountId,
      member_id: caller.memberId,
      scope: caller.tokenScope ? JSON.stringify(caller.tokenScope) : null,
      events: JSON.stringify([...new Set(wish.events)]),
      offline_after_seconds: wish.offline_after_seconds,
      state: 'active',
      disabled_because: null,
      created_at: parts.clock.now(),
      last_delivered_at: null,
      failures: 0,
      since_seq: seq,
      offline_seq: seq,
    },
    secret,
  );
  return { id: row.id, secret };
}

async function ownNames(tx: Tx, { accountId, memberId }: Caller): Promise<string[]> {
  const rows = await store.selectWebhooks(tx.sql, accountId);
  return rows.filter(({ member_id: id }) => id === memberId).map(({ name }) => name);
}

async function update(
  parts: WebhookParts,
  tx: Tx,
  caller: Caller,
  reference: string,
  wish: z.output<typeof updateWebhook.body>,
): Promise<string> {
  const row = await find(tx.sql, caller, reference);
  const url = wish.url === undefined ? row.url : checkedUrl(wish.url, parts.allowed);
  const name = wish.name === undefined ? row.name : bounded(wish.name, 80);
  const others = await store.selectWebhooks(tx.sql, row.account_id);
  if (others.some((one) => one.id !== row.id && one.member_id === row.member_id && one.name === name))
    throw new Refusal('webhook_exists', 'Cannot rename: its member has another webhook of this name');
  const { state, events, offline_after_seconds = row.offline_after_seconds } = wish;
  await note(parts, tx, caller, { ...row, name }, 'webhook.updated', {
    ...(wish.name !== undefined && { name }),
    ...(wish.url !== undefined && { url: shownUrl(url) }),
    ...(events !== undefined && { events }),
    ...(wish.offline_after_seconds !== undefined && { offline_after_seconds }),
    ...(state !== undefined && { state }),
  });
  const wantsOutages = (list: string) => (JSON.parse(list) as string[]).includes('runner.offline');
  const chosen = events === undefined ? row.events : JSON.stringify([...new Set(events)]);
  const isNewlyTold = wantsOutages(chosen) && !wantsOutages(row.events);
  await store.changeWebhook(tx.sql, row.id, {
    url,
    name,
    offline_after_seconds,
    events: chosen,
    // Whoever was away before that is no news.
    ...(isNewlyTold && { offline_seq: await newestSeq(tx.sql, row.account_id) }),
  });
  if (state !== undefined && state !== row.state) await changeState(parts, tx, row, state);
  return row.id;
}

async function changeState(
  { clock }: WebhookParts,
  tx: Tx,
  row: store.WebhookRow,
  state: 'active' | 'paused',
): Promise<void> {
  const seq = await newestSeq(tx.sql, row.account_id);
  // What happened in between is not told later: a flood of old news helps nobody.
  const anew = { failures: 0, since_seq: seq, offline_seq: seq };
  await store.changeWebhook(tx.sql, row.id, {
    state,
    disabled_because: null,
    ...(state === 'active' && anew),
  });
  if (state === 'paused') await queue.endPending(tx.sql, row.id, 'the webhook was paused', clock.now());
}

async function rotate(parts: WebhookParts, tx: Tx, caller: Caller, reference: string) {
  const row = await find(tx.sql, caller, reference);
  const secret = createSecret('webhook', parts.random);
  await store.replaceSecret(tx.sql, row.id, secret, parts.clock.now() + OLD_SECRET_SIGNS_MS);
  await note(parts, tx, caller, row, 'webhook.secret_rotated');
  return { id: row.id, secret };
}

async function note(
  { audit }: WebhookParts,
  tx: Tx,
  { accountId, actor }: Caller,
  { id, name }: { id: string; name: string },
  event: string,
  payload: Record<string, unknown> = {},
): Promise<void> {
  await audit.record(tx, { accountId, actor, event, target: { kind: 'webhook', id, label: name }, payload });
}

async function deliveryPage(
  sql: store.Sql,
  webhookId: string,
  query: { state?: DeliveryState | undefined; cursor?: string | undefined; limit: number },
) {
  const { rows, total } = await queue.selectDeliveryPage(sql, webhookId, {
    state: query.state,
    after: pageStart(query.cursor),
    limit: query.limit + 1,
  });
  const page = newestFirst(rows, query.limit, (row) => row.created_at);
  return {
    items: page.rows.map(showDelivery),
    next_cursor: page.next_cursor,
    total,
  };
}
