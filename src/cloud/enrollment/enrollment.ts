// The door to enrollment: keys are minted, shown once, and each claimed by exactly one host.
import { createId, createSecret, secretLookup, type RandomBytes } from '../../protocol/ids.ts';
import type { EnrollmentKey, MintKeysBody, MintedKey } from '../../protocol/api/enrollment-keys.ts';
import { enrollmentKeyStateAt, type EnrollmentKeyState } from '../../protocol/enrollment.ts';
import { Refusal } from '../../protocol/errors.ts';
import { hostCommand, type HostSettings } from '../../protocol/host-setup.ts';
import { bounded } from '../../protocol/neutralise.ts';
import type { Audit } from '../audit/audit.ts';
import { instant, type Clock } from '../clock.ts';
import { runnersInReach } from '../database/reach-sql.ts';
import type { Scoped } from '../../protocol/scope.ts';
import type { Database, Tx } from '../database/database.ts';
import type { Outbox } from '../event-stream/outbox.ts';
import type { Caller } from '../http/bound-route.ts';
import { newestFirst, pageStart } from '../http/page-cursor.ts';
import type { Applicant, Registration } from '../runners/registration.ts';
import type { IssuedToken } from '../runners/runner-tokens.ts';
import { isExternalId } from '../runners/host-text.ts';
import { hashSecret, matchesHash } from '../tokens/secret-hash.ts';
import * as store from './store.ts';

export interface Enrollment {
  /** Refuses `invalid_request` for a limit on keys that are not reusable, `insecure_url` where hosts cannot dial. */
  mint(caller: Caller, wish: MintKeysBody): Promise<MintedKey[]>;
  list(
    caller: Caller,
    query: { state?: EnrollmentKeyState | undefined; cursor?: string | undefined; limit: number },
  ): Promise<{ items: EnrollmentKey[]; next_cursor: string | null; total: number }>;
  get(asked: Scoped, id: string): Promise<EnrollmentKey>;
  /** Refuses `not_found`, `enrollment_key_spent`. */
  revoke(caller: Caller, id: string): Promise<EnrollmentKey>;
  /** Rows for viewers; all of the account when `ids` is null. */
  rows(asked: Scoped, ids: readonly string[] | null): Promise<EnrollmentKey[]>;
  /**
   * A host presents a key. Key, runner and token change in one transaction or not at all (SPEC EN1, EN2).
   * Refuses `enrollment_key_invalid`, `invalid_external_id`, `account_disabled`, `runner_online`, `runner_name_taken`.
   */
  redeem(secret: string, applicant: Applicant): Promise<IssuedToken>;
}

interface Parts {
  database: Database;
  clock: Clock;
  random: RandomBytes;
  audit: Audit;
  outbox: Outbox;
  registration: Registration;
  /** As hosts reach this server. Refuses `insecure_url` when that is by plain http beyond this machine. */
  publicUrl: () => string;
}

export function createEnrollment(parts: Parts): Enrollment {
  const { database, clock } = parts;
  const get = async (asked: Scoped, id: string) => {
    const row = await store.findById(database.read, asked.accountId, id);
    const [key] = row ? await inReach(database, asked, [shown(row, clock.now())]) : [];
    if (!key) throw new Refusal('not_found', 'Cannot find this enrollment key');
    return key;
  };
  return {
    get,
    mint: (caller, wish) => mint(parts, caller, wish),
    redeem: (secret, applicant) => redeem(parts, secret, applicant),
    rows: async (asked, ids) => {
      const found = await store.rows(database.read, asked.accountId, ids);
      return inReach(
        database,
        asked,
        found.map((row) => shown(row, clock.now())),
      );
    },
    list: async (caller, { state, cursor, limit }) => {
      const now = clock.now();
      const wanted = { state: state ?? null, now, after: pageStart(cursor), limit: limit + 1 };
      const { found, total } = await store.page(database.read, caller.accountId, wanted);
      const page = newestFirst(found, limit, (row) => row.created_at);
      return {
        items: await inReach(
          database,
          caller,
          page.rows.map((row) => shown(row, now)),
        ),
        next_cursor: page.next_cursor,
        total,
      };
    },
    revoke: async (caller, id) => {
      await database.write(async (tx) => {
        const row = await store.findById(tx.sql, caller.accountId, id);
        if (!row) throw new Refusal('not_found', 'Cannot find this enrollment key');
        if (row.revoked_at !== null) return;
        if (!(await store.revoke(tx.sql, id, clock.now()))) throw new Refusal('enrollment_key_spent');
        await note(parts, tx, { caller, row, event: 'enrollment_key.revoked' });
      });
      return get(caller, id);
    },
  };
}

/** Who a key brought in is not told to who does not reach that runner. */
async function inReach({ read }: Database, asked: Scoped, keys: EnrollmentKey[]): Promise<EnrollmentKey[]> {
  const runners = runnersInReach(read, asked);
  const ids = keys.flatMap(({ runner_id: id }) => id ?? []);
  if (runners === null || ids.length === 0) return keys;
  const reached = new Set((await runners.where('runners.id', 'in', ids).execute()).map(({ id }) => id));
  return keys.map((key) =>
    key.runner_id === null || reached.has(key.runner_id) ? key : { ...key, runner_id: null },
  );
}

async function mint(parts: Parts, caller: Caller, wish: MintKeysBody): Promise<MintedKey[]> {
  // An enrolling host declares its own group: who holds a key can place a machine anywhere.
  if (caller.reach.runners !== 'all') throw new Refusal('unrestricted_access_required');
  const { database, clock, random } = parts;
  if (wish.max_uses !== undefined && wish.reusable !== true) {
    throw new Refusal(
      'invalid_request',
      'Cannot read max_uses in the request body: only a reusable key has a limit',
      {
        field: 'max_uses',
      },
    );
  }
  const settings = settingsOf(parts.publicUrl(), wish);
  const hosts: (string | null)[] = wish.hosts ?? Array.from({ length: wish.count ?? 1 }, () => null);
  const at = clock.now();
  const minted = hosts.map((host) => {
    const secret = createSecret('enrollment_key', random);
    const key: store.NewKey = {
      id: createId('enrollment_key', random),
      accountId: caller.accountId,
      prefix: secretLookup('enrollment_key', secret) ?? '',
      hash: hashSecret(secret),
      description: bounded(wish.description ?? '', 200),
      host: host === null ? null : bounded(host, 253),
      reusable: wish.reusable ?? false,
      maxUses: wish.max_uses ?? null,
      at,
      memberId: caller.memberId,
      memberName: caller.memberName,
      expiresAt: wish.expires_in_seconds === undefined ? null : at + wish.expires_in_seconds * 1000,
    };
    return { secret, key };
  });
  await database.write(async (tx) => {
    for (const { key } of minted) {
      await store.insert(tx.sql, key);
      await note(parts, tx, { caller, row: key, event: 'enrollment_key.minted' });
    }
  });
  const rows = await store.rows(
    database.read,
    caller.accountId,
    minted.map(({ key }) => key.id),
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return minted.flatMap(({ secret, key }) => {
    const row = byId.get(key.id);
    const command = hostCommand(settings, secret);
    return row ? [{ key: shown(row, at), secret, command, settings }] : [];
  });
}

function settingsOf(url: string, { group, labels = {}, packs }: MintKeysBody): HostSettings {
  const safeLabels = Object.entries(labels).map(([key, value]) => [key, bounded(value, 200)]);
  return {
    url,
    group: group === undefined ? null : bounded(group, 80),
    labels: Object.fromEntries(safeLabels) as Record<string, string>,
    packs: packs ?? null,
  };
}

async function redeem(parts: Parts, secret: string, applicant: Applicant): Promise<IssuedToken> {
  const { database, clock, registration, outbox } = parts;
  if (!isExternalId(applicant.externalId)) throw new Refusal('invalid_external_id');
  const prefix = isKeyShaped(secret) ? secretLookup('enrollment_key', secret) : null;
  if (prefix === null) throw new Refusal('enrollment_key_invalid');
  return database.write(async (tx) => {
    const now = clock.now();
    const row = await store.findByPrefix(tx.sql, prefix);
    if (!row || !matchesHash(secret, row.hash)) throw new Refusal('enrollment_key_invalid');
    if (row.account_disabled_at !== null) throw new Refusal('account_disabled');
    const key = { id: row.id, accountId: row.account_id, reusable: row.reusable === 1 };
    const charged = await store.charge(tx.sql, row.id, now);
    const live = row.revoked_at === null && (row.expires_at === null || row.expires_at > now);
    const mayRecover = !charged && live && row.reusable === 0 && row.uses_count === 1;
    const registered = charged
      ? await registration.register(tx, key, applicant)
      : mayRecover
        ? await registration.recover(tx, key, applicant)
        : null;
    if (!registered) throw new Refusal('enrollment_key_invalid');
    await store.bindRunner(tx.sql, row.id, registered.runnerId);
    outbox.add(tx, {
      topic: 'enrollment_keys',
      type: 'enrollment_key.changed',
      accountId: key.accountId,
      keyId: key.id,
    });
    return registered.issued;
  });
}

// A key that an older control plane minted keeps its spelling.
function isKeyShaped(secret: string): boolean {
  return secret.startsWith('emkey-auth-') || secret.startsWith('emkey-enroll-');
}

async function note(
  { audit, outbox }: Parts,
  tx: Tx,
  {
    caller,
    row,
    event,
  }: { caller: Caller; row: { id: string; prefix: string; host: string | null }; event: string },
) {
  await audit.record(tx, {
    accountId: caller.accountId,
    actor: caller.actor,
    event,
    target: { kind: 'enrollment_key', id: row.id, label: row.prefix },
    payload: row.host === null ? {} : { host: row.host },
  });
  outbox.add(tx, {
    topic: 'enrollment_keys',
    type: 'enrollment_key.changed',
    accountId: caller.accountId,
    keyId: row.id,
  });
}

function shown(row: store.KeyRow, now: number): EnrollmentKey {
  return {
    id: row.id,
    prefix: row.prefix,
    description: row.description,
    host: row.host,
    state: enrollmentKeyStateAt(
      {
        reusable: row.reusable === 1,
        maxUses: row.max_uses,
        usesCount: row.uses_count,
        expiresAt: row.expires_at,
        revokedAt: row.revoked_at,
      },
      now,
    ),
    reusable: row.reusable === 1,
    max_uses: row.max_uses,
    uses_count: row.uses_count,
    created_at: instant(row.created_at),
    created_by: row.created_by_name,
    expires_at: instant(row.expires_at),
    last_used_at: instant(row.last_used_at),
    revoked_at: instant(row.revoked_at),
    runner_id: row.runner_id,
  };
}
