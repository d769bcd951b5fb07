// A host becomes a runner, or takes its identity over with a fresh key. Runs inside the transaction that
// charges the key; enrollment decides whether the key is good.
import { base64url, createId, type RandomBytes } from '../../protocol/ids.ts';
import { RECOVERY_WINDOW_MS } from '../../protocol/enrollment.ts';
import { Refusal } from '../../protocol/errors.ts';
import { bounded } from '../../protocol/neutralise.ts';
import type { Audit } from '../audit/audit.ts';
import type { Clock } from '../clock.ts';
import type { Tx } from '../database/database.ts';
import type { Outbox } from '../event-stream/outbox.ts';
import { safeGroup, safeHostname, safeLabels, safeVersion } from './host-text.ts';
import type { IssuedToken, RunnerTokens } from './runner-tokens.ts';
import * as store from './store.ts';
import { revokeAll, wasEverUsed } from './token-store.ts';

export interface Applicant {
  externalId: string;
  hostname: string | null | undefined;
  group: string | null | undefined;
  version: string | null | undefined;
  labels: Record<string, string> | null | undefined;
  address: string;
}

export interface KeyInHand {
  id: string;
  accountId: string;
  /** Only a single-use key can be presented again by its host (SPEC EN3). */
  reusable: boolean;
}

export interface Registered {
  runnerId: string;
  issued: IssuedToken;
}

export interface Registration {
  /** With a key that was just charged. Refuses `runner_online`, `runner_name_taken`. */
  register(tx: Tx, key: KeyInHand, applicant: Applicant): Promise<Registered>;
  /** With a key that this very host spent and whose answer it lost; null when that is not so. */
  recover(tx: Tx, key: KeyInHand, applicant: Applicant): Promise<Registered | null>;
}

interface Parts {
  clock: Clock;
  random: RandomBytes;
  audit: Audit;
  outbox: Outbox;
  tokens: RunnerTokens;
}

export function createRegistration(parts: Parts): Registration {
  return {
    register: async (tx, key, applicant) => {
      const known = await store.findByExternalId(tx.sql, key.accountId, applicant.externalId);
      return known ? reenroll(parts, tx, key, known, applicant) : insert(parts, tx, key, applicant);
    },
    recover: async (tx, key, applicant) => {
      const known = await store.findByExternalId(tx.sql, key.accountId, applicant.externalId);
      const now = parts.clock.now();
      if (!known || known.bootstrap_key_id !== key.id) return null;
      if (known.disabled_at !== null || known.revoked_at !== null) return null;
      if (known.recoverable_until === null || known.recoverable_until <= now) return null;
      if (await wasEverUsed(tx.sql, known.id)) return null;
      // The token whose answer was lost can be presented by nobody but whoever intercepted it.
      await revokeAll(tx.sql, known.id, now);
      return finish(
        parts,
        tx,
        key,
        { id: known.id, name: known.name },
        'runner.registration_recovered',
        applicant,
      );
    },
  };
}

async function insert(parts: Parts, tx: Tx, key: KeyInHand, applicant: Applicant): Promise<Registered> {
  const { clock, random } = parts;
  const hostname = safeHostname(applicant.hostname);
  const name = bounded(hostname ?? `runner-${base64url(random(5)).slice(0, 6)}`, 80);
  const runner = {
    id: createId('runner', random),
    accountId: key.accountId,
    externalId: applicant.externalId,
    name,
    group: safeGroup(applicant.group) ?? 'default',
    hostname: hostname ?? name,
    labels: safeLabels(applicant.labels),
    version: safeVersion(applicant.version),
    at: clock.now(),
    keyId: key.id,
    recoverableUntil: key.reusable ? null : clock.now() + RECOVERY_WINDOW_MS,
    address: applicant.address,
  };
  if (!(await store.insert(tx.sql, runner))) {
    throw new Refusal('runner_name_taken', `Cannot enroll: another runner has the name ${name}`, { name });
  }
  return finish(parts, tx, key, runner, 'runner.registered', applicant);
}

async function reenroll(
  parts: Parts,
  tx: Tx,
  key: KeyInHand,
  known: { id: string; name: string },
  applicant: Applicant,
): Promise<Registered> {
  const now = parts.clock.now();
  // A host that never used its token lost nothing to anybody: no mark for that.
  const marked = await wasEverUsed(tx.sql, known.id);
  const recoverableUntil = key.reusable ? null : now + RECOVERY_WINDOW_MS;
  if (!(await store.reenroll(tx.sql, known.id, { keyId: key.id, at: now, marked, recoverableUntil }))) {
    throw new Refusal(
      'runner_online',
      `Cannot enroll: the runner ${known.name} is online with this identity`,
      {
        name: known.name,
      },
    );
  }
  await revokeAll(tx.sql, known.id, now);
  return finish(parts, tx, key, known, 'runner.reenrolled', applicant);
}

async function finish(
  { audit, outbox, tokens }: Parts,
  tx: Tx,
  key: KeyInHand,
  runner: { id: string; name: string },
  event: 'runner.registered' | 'runner.reenrolled' | 'runner.registration_recovered',
  applicant: Applicant,
): Promise<Registered> {
  const issued = await tokens.issue(tx, { accountId: key.accountId, runnerId: runner.id, keyId: key.id });
  await audit.record(tx, {
    accountId: key.accountId,
    actor: { kind: 'runner', id: runner.id, label: runner.name, tokenId: null, ipAddress: applicant.address },
    event,
    target: { kind: 'runner', id: runner.id, label: runner.name },
    payload: { enrollment_key_id: key.id },
  });
  const type = event === 'runner.registered' ? 'runner.registered' : 'runner.state_changed';
  outbox.add(tx, { topic: 'fleet', type, accountId: key.accountId, runnerId: runner.id });
  return { runnerId: runner.id, issued };
}
