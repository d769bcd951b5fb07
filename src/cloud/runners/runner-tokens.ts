// Runner tokens: what a presented one is worth, how a successor is made, and what ends them.
import { createId, createSecret, secretLookup, type RandomBytes } from '../../protocol/ids.ts';
import type { Clock } from '../clock.ts';
import type { Database, Tx } from '../database/database.ts';
import type { Audit } from '../audit/audit.ts';
import { hashSecret, matchesHash } from '../tokens/secret-hash.ts';
import * as store from './token-store.ts';

const DAY_MS = 86_400_000;
const TOKEN_LIFE_MS = 90 * DAY_MS;
/** A successor may be asked for from then on. */
const REFRESH_DUE_MS = 60 * DAY_MS;
/** The old token works so much longer, for a host that fails to save the new one. */
const OVERLAP_MS = DAY_MS;

export interface Bearer {
  tokenId: string;
  accountId: string;
  runnerId: string;
  runnerName: string;
  issuedAt: number;
  expiresAt: number | null;
  keyId: string | null;
}

export type TokenProblem = 'token_invalid' | 'runner_disabled' | 'account_disabled' | 'token_expired';
export type TokenVerdict = { ok: true; bearer: Bearer } | { ok: false; because: TokenProblem };

export interface IssuedToken {
  token: string;
  /** RFC 3339 in whole seconds. */
  refresh_after: string;
}

export interface RunnerTokens {
  verify(secret: string): Promise<TokenVerdict>;
  /** A fresh token inside the transaction that registers. */
  issue(tx: Tx, of: { accountId: string; runnerId: string; keyId: string | null }): Promise<IssuedToken>;
  /** A successor for the presented token, or why not. */
  refresh(
    secret: string,
  ): Promise<{ ok: true; issued: IssuedToken } | { ok: false; because: TokenProblem | 'not_due' }>;
}

interface Parts {
  database: Database;
  clock: Clock;
  random: RandomBytes;
  audit: Audit;
}

export function createRunnerTokens(parts: Parts): RunnerTokens {
  return {
    verify: (secret) => verify(parts, secret),
    issue: (tx, of) => issue(parts, tx, of),
    refresh: async (secret) => {
      const verdict = await verify(parts, secret);
      if (!verdict.ok) return verdict;
      const { bearer } = verdict;
      const now = parts.clock.now();
      if (bearer.expiresAt !== null && now < bearer.issuedAt + REFRESH_DUE_MS)
        return { ok: false, because: 'not_due' };
      // Never longer than it had: asking again and again must not keep an old token alive.
      const until = Math.min(bearer.expiresAt ?? Infinity, now + OVERLAP_MS);
      const issued = await parts.database.write(async (tx) => {
        if (!(await store.shorten(tx.sql, bearer.tokenId, now, until))) return null;
        const fresh = await issue(parts, tx, bearer);
        await parts.audit.record(tx, {
          accountId: bearer.accountId,
          actor: {
            kind: 'runner',
            id: bearer.runnerId,
            label: bearer.runnerName,
            tokenId: null,
            ipAddress: null,
          },
          event: 'runner.token_refreshed',
          target: { kind: 'runner', id: bearer.runnerId, label: bearer.runnerName },
        });
        return fresh;
      });
      return issued ? { ok: true, issued } : { ok: false, because: 'token_invalid' };
    },
  };
}

// The order of these questions is the wire's: a disabled runner with an expired token hears `runner_disabled`.
async function verify({ database, clock }: Parts, secret: string): Promise<TokenVerdict> {
  const prefix = secret.startsWith('rnrtok-') ? secretLookup('runner_token', secret) : null;
  const row = prefix === null ? undefined : await store.findByPrefix(database.read, prefix);
  if (!row || !matchesHash(secret, row.hash)) return { ok: false, because: 'token_invalid' };
  if (row.deleted_at !== null || row.revoked_at !== null || row.runner_revoked_at !== null) {
    return { ok: false, because: 'token_invalid' };
  }
  if (row.disabled_at !== null) return { ok: false, because: 'runner_disabled' };
  if (row.account_disabled_at !== null) return { ok: false, because: 'account_disabled' };
  if (row.expires_at !== null && row.expires_at <= clock.now())
    return { ok: false, because: 'token_expired' };
  return {
    ok: true,
    bearer: {
      tokenId: row.id,
      accountId: row.account_id,
      runnerId: row.runner_id,
      runnerName: row.runner_name,
      issuedAt: row.issued_at,
      expiresAt: row.expires_at,
      keyId: row.issued_via_key_id,
    },
  };
}

async function issue(
  { clock, random }: Parts,
  tx: Tx,
  of: { accountId: string; runnerId: string; keyId: string | null },
): Promise<IssuedToken> {
  const token = createSecret('runner_token', random);
  const issuedAt = clock.now();
  await store.insert(tx.sql, {
    id: createId('runner_token', random),
    accountId: of.accountId,
    runnerId: of.runnerId,
    prefix: secretLookup('runner_token', token) ?? '',
    hash: hashSecret(token),
    issuedAt,
    expiresAt: issuedAt + TOKEN_LIFE_MS,
    keyId: of.keyId,
  });
  const refreshAfter = new Date(issuedAt + REFRESH_DUE_MS).toISOString();
  return { token, refresh_after: refreshAfter.replace(/\.\d{3}Z$/, 'Z') };
}
