// What whoever holds the data directory may do without an operator token: the same calls through the running
// server's socket, or on the store itself when nothing serves.
import { z } from 'zod';
import { OperatorToken } from '../../protocol/api/session.ts';
import { Refusal } from '../../protocol/errors.ts';
import { systemActor, type Actor } from '../audit/audit.ts';
import { verifyAudit } from '../audit/verify.ts';
import type { Database } from '../database/database.ts';
import type { Members } from '../members/members.ts';
import type { Tokens } from '../tokens/tokens.ts';

export const AdminRequest = z.discriminatedUnion('verb', [
  z.object({
    verb: z.literal('tokens.create'),
    name: z.string().trim().min(1).max(80),
    member: z.string().nullable(),
    expires_in_seconds: z.number().int().min(60).nullable(),
  }),
  z.object({ verb: z.literal('tokens.list') }),
  z.object({ verb: z.literal('tokens.revoke'), id: z.string().min(1).max(128) }),
  z.object({ verb: z.literal('audit.verify') }),
]);
export type AdminRequest = z.infer<typeof AdminRequest>;

const AuditProof = z.object({
  account: z.string(),
  events: z.number().int(),
  from: z.number().int(),
  fault: z
    .object({
      seq: z.number().int(),
      eventId: z.string().nullable(),
      what: z.enum(['changed', 'missing', 'inserted', 'cut']),
    })
    .nullable(),
});

export const AdminAnswer = z.object({
  tokens: z.array(OperatorToken),
  /** Only after `tokens.create`. */
  secret: z.string().nullable(),
  /** Only after `audit.verify`: one an account. */
  proofs: z.array(AuditProof).optional(),
});
export type AdminAnswer = z.infer<typeof AdminAnswer>;

export type Admin = (request: AdminRequest) => Promise<AdminAnswer>;

const actor: Actor = { ...systemActor, label: 'emisar-cloud on its host' };

export function createAdmin(parts: { database: Database; members: Members; tokens: Tokens }): Admin {
  const { database, members, tokens } = parts;
  const accountId = async () => {
    const account = await members.account();
    if (!account) throw new Refusal('data_dir_missing');
    return account.id;
  };
  return async (request) => {
    switch (request.verb) {
      case 'audit.verify':
        return { tokens: [], secret: null, proofs: await verifyAudit(database) };
      case 'tokens.list':
        return { tokens: await tokens.listAll(await accountId()), secret: null };
      case 'tokens.revoke':
        return { tokens: [await tokens.revokeAny(await accountId(), request.id, actor)], secret: null };
      case 'tokens.create': {
        const { name, member, expires_in_seconds: seconds } = request;
        const wish = { name, expiresInMs: seconds === null ? null : seconds * 1000 };
        const minted = await database.write(async (tx) =>
          tokens.mint(tx, await members.find(tx, member), wish, actor),
        );
        const all = await tokens.listAll(await accountId());
        return { tokens: all.filter((token) => token.id === minted.id), secret: minted.secret };
      }
    }
  };
}
