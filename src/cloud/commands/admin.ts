// What whoever holds the data directory may do without an operator token: the same calls through the running
// server's socket, or on the store itself when nothing serves.
import { z } from 'zod';
import { Access } from '../../protocol/access.ts';
import { Member } from '../../protocol/api/members.ts';
import { OperatorToken } from '../../protocol/api/session.ts';
import { Refusal } from '../../protocol/errors.ts';
import { Role } from '../../protocol/permission.ts';
import { fullReach } from '../../protocol/scope.ts';
import { systemActor, type Actor } from '../audit/audit.ts';
import { verifyAudit } from '../audit/verify.ts';
import type { Database } from '../database/database.ts';
import { copyStore } from '../database/store-copy.ts';
import type { Caller } from '../http/bound-route.ts';
import type { Members } from '../members/members.ts';
import type { Team } from '../team/team.ts';
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
  z.object({ verb: z.literal('members.list') }),
  z.object({
    verb: z.literal('members.invite'),
    name: z.string().trim().min(1).max(80),
    role: Role,
    access: Access.optional(),
  }),
  /** Writes the copy at this absolute path. */
  z.object({ verb: z.literal('backup'), to: z.string().startsWith('/') }),
  z.object({ verb: z.literal('serving') }),
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

/** How a running server serves. */
export const Serving = z.object({
  url: z.string(),
  public_url: z.string().nullable(),
  /** Of its certificate; null without TLS. */
  tls_expires_at: z.number().nullable(),
});
export type Serving = z.infer<typeof Serving>;

export const AdminAnswer = z.object({
  tokens: z.array(OperatorToken),
  /** Only after `tokens.create` and `members.invite`. */
  secret: z.string().nullable(),
  /** Only after `members.list` and `members.invite`. */
  members: z.array(Member).optional(),
  /** Until when the code of `members.invite` is taken. */
  expires_at: z.string().optional(),
  /** Only after `serving`. */
  serving: Serving.optional(),
  /** Only after `audit.verify`: one an account. */
  proofs: z.array(AuditProof).optional(),
});
export type AdminAnswer = z.infer<typeof AdminAnswer>;

export type Admin = (request: AdminRequest) => Promise<AdminAnswer>;

/** Whoever may open the data directory. */
export const hostActor: Actor = { ...systemActor, label: 'emisar-cloud on its host' };

export interface AdminParts {
  database: Database;
  members: Members;
  tokens: Tokens;
  team: Team;
  /** Of a running server alone: where it serves, and the file that it keeps everything in. */
  server?: { serving: Serving; databaseFile: string };
}

const nothing = { tokens: [], secret: null };

export function createAdmin(parts: AdminParts): Admin {
  const { database, members, tokens, team, server } = parts;
  const accountId = async () => {
    const account = await members.account();
    if (!account) throw new Refusal('data_dir_missing');
    return account.id;
  };
  return async (request) => {
    switch (request.verb) {
      case 'audit.verify':
        return { ...nothing, proofs: await verifyAudit(database) };
      case 'members.list':
        return { ...nothing, members: await team.list(await ownerOf(parts)) };
      case 'members.invite': {
        const { name, role, access } = request;
        const sent = await team.invite(await ownerOf(parts), { name, role, access });
        return { tokens: [], secret: sent.code, members: [sent.member], expires_at: sent.expires_at };
      }
      case 'backup':
        if (!server) throw new Refusal('unavailable');
        await copyStore(server.databaseFile, request.to);
        return nothing;
      case 'serving':
        if (!server) throw new Refusal('unavailable');
        return { ...nothing, serving: server.serving };
      case 'tokens.list':
        return { ...nothing, tokens: await tokens.listAll(await accountId()) };
      case 'tokens.revoke':
        return { ...nothing, tokens: [await tokens.revokeAny(await accountId(), request.id, hostActor)] };
      case 'tokens.create': {
        const { name, member, expires_in_seconds: seconds } = request;
        const wish = { name, expiresInMs: seconds === null ? null : seconds * 1000 };
        const minted = await database.write(async (tx) =>
          tokens.mint(tx, await members.find(tx, member), wish, hostActor),
        );
        const all = await tokens.listAll(await accountId());
        return { tokens: all.filter((token) => token.id === minted.id), secret: minted.secret };
      }
    }
  };
}

/** Whoever holds the data directory may do what its owner may; the trail names the host, not them. */
async function ownerOf({ database, members }: AdminParts): Promise<Caller> {
  const owner = await database.write((tx) => members.find(tx, null));
  return {
    accountId: owner.accountId,
    memberId: owner.id,
    memberName: owner.name,
    role: 'owner',
    reach: fullReach,
    tokenId: '',
    ipAddress: null,
    actor: hostActor,
  };
}
