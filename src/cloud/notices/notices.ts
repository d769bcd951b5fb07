// The door to notices: what the control plane tells by itself, to webhooks and by mail. It is told of nothing by
// the domains whose news it spreads; the audit trail has all of it, and a hint of the outbox only makes it look.
import type { BlockList } from 'node:net';
import type { Delivery } from '../../protocol/api/webhooks.ts';
import { DELIVERED_KEPT_MS, FAILED_KEPT_MS } from '../../protocol/webhook.ts';
import { newestSeq } from '../audit/tail.ts';
import type { Outbox, Hint } from '../event-stream/outbox.ts';
import type { Caller } from '../http/bound-route.ts';
import { testDelivery } from './delivery.ts';
import { takeNews, type IntakeParts } from './intake.ts';
import { createMailer, type MailServer } from './mail.ts';
import { newsOfTrail } from './news.ts';
import { takeOutages } from './outages.ts';
import { createPost, type Resolve } from './post.ts';
import * as queue from './queue-store.ts';
import { createSender, type SenderParts } from './sender.ts';
import { showDelivery } from './shown.ts';
import { createWebhooks, find, type WebhookParts, type Webhooks } from './webhooks.ts';

/** Also how late news is that another control plane on the same store took in. */
const LOOK_EVERY_MS = 30_000;
const RESTS_MS = 1_000;
const SWEEP_EVERY_MS = 3600_000;

export interface NoticeConfig {
  /** Private addresses to which webhooks may lead. */
  readonly allowed: BlockList;
  /** PEM of an authority that receivers and the mail server may be certified by. */
  readonly ca: string | null;
  readonly mail: MailServer | null;
}

export interface Notices extends Webhooks {
  /** One attempt, now. Refuses `not_found`. */
  test(caller: Caller, reference: string): Promise<Delivery>;
  /** How many wait to be sent, by channel. */
  waiting(): Promise<ReadonlyMap<string, number>>;
  start(): void;
  stop(): Promise<void>;
}

export type NoticeParts = Omit<WebhookParts, 'allowed'> &
  Omit<IntakeParts, 'sendsMail'> &
  Omit<SenderParts, 'post' | 'sendLetter'> & {
    outbox: Pick<Outbox, 'add'> & { listen(listener: (hint: Hint) => void): () => void };
    config: NoticeConfig;
    resolve: Resolve;
  };

export function createNotices(given: NoticeParts): Notices {
  const { database, clock, config, report } = given;
  const { allowed, ca, mail } = config;
  const parts = { ...given, allowed, sendsMail: mail !== null };
  const sender = createSender(
    {
      ...parts,
      post: createPost({ clock, resolve: given.resolve, allowed, ca }),
      sendLetter: mail === null ? null : createMailer(mail, { clock, ca }),
    },
    { laneEnded: () => look() },
  );
  const webhooks = createWebhooks(parts);
  let isLooking = false;
  let isAsked = false;
  let looking = Promise.resolve();
  let callOff: (() => void) | null = null;
  let unlisten: (() => void) | null = null;
  let sweptAt = 0;

  /** One look at a time; asked again meanwhile, it looks once more. */
  function look(): void {
    isAsked = true;
    if (isLooking || unlisten === null) return;
    isLooking = true;
    looking = lookWhileAsked();
  }

  async function lookWhileAsked(): Promise<void> {
    while (isAsked && unlisten !== null) {
      isAsked = false;
      await lookOnce().catch((error: unknown) => report(error, 'telling news'));
      await arm();
    }
    // In the same breath as the last question: whoever asks from here on begins anew.
    isLooking = false;
  }

  async function lookOnce(): Promise<void> {
    for (const account of await queue.selectAccounts(database.read)) {
      while (await takeNews(parts, account));
      while (await takeOutages(parts, account));
    }
    await sender.sendDue();
    await sweep();
  }

  async function arm(): Promise<void> {
    callOff?.();
    const next = await queue.selectNextDue(database.read).catch(() => null);
    if (unlisten === null) return;
    // What is due already is under way, or its lane has failed and rests.
    const wait = next === null ? LOOK_EVERY_MS : Math.max(RESTS_MS, next - clock.now());
    callOff = clock.after(Math.min(wait, LOOK_EVERY_MS), look);
  }

  async function sweep(): Promise<void> {
    const now = clock.now();
    if (now - sweptAt < SWEEP_EVERY_MS) return;
    sweptAt = now;
    const before = { delivered: now - DELIVERED_KEPT_MS, failed: now - FAILED_KEPT_MS };
    await database.write((tx) => queue.forgetEnded(tx.sql, before));
  }

  return {
    ...webhooks,
    test: async (caller, reference) => {
      const id = await queueTest(parts, caller, reference);
      await sender.sendClaimed(id);
      const row = await queue.selectDelivery(database.read, id);
      if (!row) throw new Error(`the test notice ${id} is gone`);
      return showDelivery(row);
    },
    waiting: () => queue.countWaiting(database.read),
    start: () => {
      unlisten = given.outbox.listen((hint) => {
        if (hint.topic === 'audit' && hint.eventType in newsOfTrail) look();
      });
      look();
    },
    stop: async () => {
      unlisten?.();
      unlisten = null;
      callOff?.();
      await sender.stop();
      await looking;
    },
  };
}

/** Claimed from the first, so that no lane takes it. */
async function queueTest(parts: WebhookParts, caller: Caller, reference: string): Promise<string> {
  const { database, clock, random, audit } = parts;
  return database.write(async (tx) => {
    const webhook = await find(tx.sql, caller, reference);
    const { accountId, actor } = caller;
    const target = { kind: 'webhook', id: webhook.id, label: webhook.name };
    await audit.record(tx, { accountId, actor, event: 'webhook.tested', target });
    const accounts = await queue.selectAccounts(tx.sql);
    const account = accounts.find(({ id }) => id === accountId) ?? { id: accountId, name: '' };
    const now = clock.now();
    const row = testDelivery({ account, random, seq: await newestSeq(tx.sql, accountId), now }, webhook);
    await queue.insertDeliveries(tx.sql, [{ ...row, claimed_until: now + 60_000 }]);
    return row.id;
  });
}
