// Sends what is due. One lane a webhook and one for letters, each one after the other: a receiver that is slow holds
// up nobody else. What is sent is claimed first and noted afterwards, so that a death in between sends it once more,
// never less (SPEC NO2).
import { SIGNATURE_HEADER, DELIVERY_HEADER, TEST_EVENT } from '../../protocol/webhook.ts';
import type { Audit } from '../audit/audit.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import type { Meter } from '../meter.ts';
import type { Members } from '../members/members.ts';
import type { Subject } from './fields.ts';
import type { SendLetter } from './mail.ts';
import type { NewsSources } from './news.ts';
import { noteAttempt, noteDropped } from './outcome.ts';
import { reachesSubjects, reachOfWebhook } from './owner.ts';
import type { Attempt, Post } from './post.ts';
import * as queue from './queue-store.ts';
import { signatureOf } from './signature.ts';
import { selectSecrets, selectWebhook } from './store.ts';

/** Longer than any attempt: whoever holds a claim for longer is gone. */
const CLAIMED_FOR_MS = 60_000;

export interface SenderParts {
  database: Database;
  clock: Clock;
  audit: Audit;
  meter: Meter;
  members: Pick<Members, 'authority' | 'withEmail'>;
  sources: Pick<NewsSources, 'runnerRows'>;
  post: Post;
  /** Null when no mail server is configured. */
  sendLetter: SendLetter | null;
  report(error: unknown, where: string): void;
  /** Named to receivers as who sends. */
  userAgent: string;
}

export interface Sender {
  /** Starts on whatever is due, and does not wait for it. */
  sendDue(): Promise<void>;
  /** Sends one that this process has claimed itself. */
  sendClaimed(id: string): Promise<void>;
  stop(): Promise<void>;
}

export function createSender(parts: SenderParts, told: { laneEnded(): void }): Sender {
  const { database, clock, report } = parts;
  const lanes = new Map<string, Promise<void>>();
  const stopped = new AbortController();

  async function runLane(lane: queue.Lane): Promise<void> {
    while (!stopped.signal.aborted) {
      const now = clock.now();
      const row = await queue.selectDue(database.read, lane, now);
      if (!row) return;
      if (await database.write((tx) => queue.claim(tx.sql, row.id, now, now + CLAIMED_FOR_MS)))
        await sendOne(parts, row, stopped.signal);
    }
  }

  return {
    sendDue: async () => {
      for (const lane of await queue.selectDueLanes(database.read, clock.now())) {
        const key = lane.webhookId ?? 'mail';
        if (lanes.has(key) || stopped.signal.aborted) continue;
        const running = runLane(lane)
          .finally(() => void lanes.delete(key))
          .then(told.laneEnded)
          .catch((error: unknown) => report(error, `sending notices to ${key}`));
        lanes.set(key, running);
      }
    },
    sendClaimed: async (id) => {
      const row = await queue.selectDelivery(database.read, id);
      if (row) await sendOne(parts, row, stopped.signal);
    },
    stop: async () => {
      stopped.abort();
      await Promise.all(lanes.values());
    },
  };
}

async function sendOne(parts: SenderParts, row: queue.DeliveryRow, stopped: AbortSignal): Promise<void> {
  const attempt =
    row.channel === 'mail' ? await sendLetter(parts, row, stopped) : await send(parts, row, stopped);
  if (typeof attempt === 'string') return noteDropped(parts, row, attempt);
  // Cut off by our own end: it was no attempt, and the next start makes one.
  if (stopped.aborted && attempt.error !== null)
    return parts.database.write((tx) => queue.changeDelivery(tx.sql, row.id, { claimed_until: 0 }));
  return noteAttempt(parts, row, attempt);
}

/** A string says why it must not be sent any more. */
async function send(
  parts: SenderParts,
  row: queue.DeliveryRow,
  stopped: AbortSignal,
): Promise<Attempt | string> {
  const { read } = parts.database;
  const webhook = row.webhook_id === null ? undefined : await selectWebhook(read, row.webhook_id);
  const secrets = webhook && (await selectSecrets(read, webhook.id));
  if (!webhook || !secrets) return 'the webhook was removed';
  if (webhook.state !== 'active' && row.event !== TEST_EVENT) return `the webhook is ${webhook.state}`;
  const reach = await reachOfWebhook(read, parts.members, webhook);
  if (reach === null) return 'its member is suspended or gone, or may have no webhook any more';
  const asked = { accountId: row.account_id, reach };
  if (!(await reachesSubjects(parts.sources, asked, subjectsOf(row))))
    return 'its member does not reach any more what it names';
  const headers = {
    'content-type': 'application/json',
    'user-agent': parts.userAgent,
    [DELIVERY_HEADER]: row.id,
    'emisar-event': row.event,
    [SIGNATURE_HEADER]: signatureOf(secrets, row.body, parts.clock.now()),
  };
  return parts.post(webhook.url, { headers, body: row.body }, stopped);
}

async function sendLetter(
  parts: SenderParts,
  row: queue.DeliveryRow,
  stopped: AbortSignal,
): Promise<Attempt | string> {
  if (parts.sendLetter === null) return 'no mail server is configured any more';
  const members = await parts.members.withEmail(parts.database.read, row.account_id);
  const member = members.find(({ id }) => id === row.member_id);
  if (!member) return 'the member is gone or has no address any more';
  const asked = { accountId: row.account_id, reach: member.reach };
  if (!(await reachesSubjects(parts.sources, asked, subjectsOf(row))))
    return 'the member does not reach any more what it names';
  const { subject, text } = JSON.parse(row.body) as { subject: string; text: string };
  return parts.sendLetter({ id: row.id, to: member.email, subject, text }, stopped);
}

function subjectsOf(row: queue.DeliveryRow): Subject[] {
  return JSON.parse(row.subjects) as Subject[];
}
