// How somebody becomes a member: a code that is shown once and taken once, for a first operator token.
import { createId, createSecret, secretLookup, type RandomBytes } from '../../protocol/ids.ts';
import { Refusal } from '../../protocol/errors.ts';
import type { Actor, Audit } from '../audit/audit.ts';
import type { Clock } from '../clock.ts';
import type { Database, Tx } from '../database/database.ts';
import type { Outbox } from '../event-stream/outbox.ts';
import { hashSecret, matchesHash } from '../tokens/secret-hash.ts';
import type { Tokens } from '../tokens/tokens.ts';
import * as store from './store.ts';

const VALID_MS = 7 * 24 * 3600_000;

export interface InvitationParts {
  database: Database;
  clock: Clock;
  random: RandomBytes;
  audit: Audit;
  outbox: Outbox;
  tokens: Tokens;
}

/** A fresh code for the member; those before it end. */
export async function invite(
  { clock, random }: InvitationParts,
  tx: Tx,
  member: { id: string; accountId: string },
): Promise<{ code: string; expiresAt: number }> {
  const now = clock.now();
  const code = createSecret('invitation', random);
  await store.endInvitationsOf(tx.sql, member.id, now);
  await store.insertInvitation(tx.sql, {
    id: createId('invitation', random),
    account_id: member.accountId,
    member_id: member.id,
    prefix: secretLookup('invitation', code) ?? '',
    hash: hashSecret(code),
    created_at: now,
    expires_at: now + VALID_MS,
  });
  return { code, expiresAt: now + VALID_MS };
}

/** Refuses `invitation_invalid` for a code that is wrong, used, ended or expired, all alike; `account_disabled`. */
export async function accept(
  parts: InvitationParts,
  asked: { code: string; tokenName: string; ipAddress: string | null },
): Promise<{ secret: string; member: string; account: string }> {
  const { database, clock } = parts;
  const prefix = asked.code.startsWith('eminv-') ? secretLookup('invitation', asked.code) : null;
  const row = prefix === null ? undefined : await store.selectInvitation(database.read, prefix);
  if (!row || !matchesHash(asked.code, row.hash)) throw new Refusal('invitation_invalid');
  if (row.removed_at !== null || row.suspended_at !== null) throw new Refusal('invitation_invalid');
  if (row.disabled_at !== null) throw new Refusal('account_disabled');
  const { account_id: accountId, member_id: id, member_name: name } = row;
  const actor: Actor = { kind: 'member', id, label: name, tokenId: null, ipAddress: asked.ipAddress };
  const secret = await database.write(async (tx) => {
    if (!(await store.useInvitation(tx.sql, row.id, clock.now()))) throw new Refusal('invitation_invalid');
    await store.changeMember(tx.sql, id, { joined_at: clock.now() });
    await parts.audit.record(tx, {
      accountId,
      actor,
      event: 'membership.invitation_accepted',
      target: { kind: 'member', id, label: name },
    });
    parts.outbox.add(tx, { topic: 'team', type: 'invitation.accepted', accountId, memberId: id });
    const member = { id, accountId, name };
    const wish = { name: asked.tokenName, expiresInMs: null };
    return (await parts.tokens.mint(tx, member, wish, actor)).secret;
  });
  return { secret, member: name, account: row.account_name };
}
