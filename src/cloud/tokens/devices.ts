// Devices that sign in by a code which a signed-in member types. Whoever approves gives a token of their own, so
// nobody gives more than they have; the code is shown by the device alone.
import type { Access } from '../../protocol/access.ts';
import { DEVICE_VALID_MS, type Device } from '../../protocol/api/devices.ts';
import { Refusal } from '../../protocol/errors.ts';
import { createId, createSecret, secretLookup, type RandomBytes } from '../../protocol/ids.ts';
import { bounded } from '../../protocol/neutralise.ts';
import type { Actor, Audit } from '../audit/audit.ts';
import { instant, type Clock } from '../clock.ts';
import type { Database, Tx } from '../database/database.ts';
import type { Caller } from '../http/bound-route.ts';
import * as store from './device-store.ts';
import { hashSecret, matchesHash } from './secret-hash.ts';
import type { Tokens } from './tokens.ts';

/** More of them waiting at once is somebody who fills the list. */
const MAX_WAITING = 50;
/** Letters that are not taken for one another, and no vowels: a code spells nothing. 20^8 of them. */
const LETTERS = 'BCDFGHJKLMNPQRSTVWXZ';

export interface Devices {
  /** Refuses `rate_limited` while too many wait, `account_disabled`. */
  request(asked: { name: string; ipAddress: string | null }): Promise<DeviceCodes>;
  /** Null until somebody decided. Refuses `device_code_invalid`, `device_denied`. */
  claim(code: string): Promise<string | null>;
  list(caller: Caller): Promise<Device[]>;
  /** Refuses `not_found`, `rate_limited` after many wrong codes. */
  decide(caller: Caller, typed: TypedCode, decision: 'approved' | 'denied'): Promise<Device>;
}

export interface TypedCode {
  user_code: string;
  /** The device that was looked at, where one was. */
  device_id?: string | undefined;
}

export interface DeviceCodes {
  user_code: string;
  device_code: string;
  expires_at: string;
}

interface Parts {
  database: Database;
  clock: Clock;
  random: RandomBytes;
  audit: Audit;
  tokens: Tokens;
  /** Wrong codes of each member within a minute. */
  guesses: { waitSeconds(memberId: string): number | null; note(memberId: string): void };
}

export function createDevices(parts: Parts): Devices {
  const { database, clock } = parts;
  return {
    request: (asked) => request(parts, asked),
    claim: (code) => claim(parts, code),
    list: async ({ accountId }) =>
      (await store.selectWaiting(database.read, accountId, clock.now())).map(shown),
    decide: (caller, typed, decision) => decide(parts, caller, typed, decision),
  };
}

async function request(
  { database, clock, random }: Parts,
  { name, ipAddress }: { name: string; ipAddress: string | null },
): Promise<DeviceCodes> {
  const now = clock.now();
  const code = createSecret('device', random);
  const letters = lettersFrom(random);
  await database.write(async (tx) => {
    const account = await store.selectAccount(tx.sql);
    if (!account || account.disabled_at !== null) throw new Refusal('account_disabled');
    await store.forgetOld(tx.sql, now);
    if ((await store.selectWaiting(tx.sql, account.id, now)).length >= MAX_WAITING)
      throw new Refusal('rate_limited', 'Cannot sign in a further device: too many wait for their approval');
    await store.insertDevice(tx.sql, {
      id: createId('device', random),
      account_id: account.id,
      prefix: secretLookup('device', code) ?? '',
      hash: hashSecret(code),
      user_code: letters,
      name: bounded(name, 80),
      address: ipAddress,
      created_at: now,
      expires_at: now + DEVICE_VALID_MS,
    });
  });
  const user_code = `${letters.slice(0, 4)}-${letters.slice(4)}`;
  return { user_code, device_code: code, expires_at: instant(now + DEVICE_VALID_MS) };
}

/** Eight letters; a byte past the last whole multiple of their number would make some of them likelier. */
function lettersFrom(random: RandomBytes): string {
  const fair = 256 - (256 % LETTERS.length);
  let text = '';
  while (text.length < 8)
    for (const byte of random(16))
      if (byte < fair && text.length < 8) text += LETTERS.charAt(byte % LETTERS.length);
  return text;
}

async function claim(parts: Parts, code: string): Promise<string | null> {
  const { database, clock } = parts;
  const prefix = code.startsWith('emdev-') ? secretLookup('device', code) : null;
  const row = prefix === null ? undefined : await store.findByPrefix(database.read, prefix);
  const now = clock.now();
  if (!row || !matchesHash(code, row.hash) || row.expires_at <= now || row.used_at !== null)
    throw new Refusal('device_code_invalid');
  if (row.decision === null) return null;
  const { account_id: accountId, member_id: id, member_name: name } = row;
  const isGone = row.suspended_at !== null || row.removed_at !== null;
  if (row.decision === 'denied' || isGone || id === null || name === null) throw new Refusal('device_denied');
  const actor: Actor = { kind: 'member', id, label: name, tokenId: null, ipAddress: row.address };
  const scope = row.scope === null ? null : (JSON.parse(row.scope) as Access);
  return database.write(async (tx) => {
    if (!(await store.use(tx.sql, row.id, now))) throw new Refusal('device_code_invalid');
    const wish = { name: row.name, expiresInMs: null, scope };
    return (await parts.tokens.mint(tx, { id, accountId, name }, wish, actor)).secret;
  });
}

async function decide(
  parts: Parts,
  caller: Caller,
  typed: TypedCode,
  decision: 'approved' | 'denied',
): Promise<Device> {
  const { database, clock, guesses } = parts;
  const waitSeconds = guesses.waitSeconds(caller.memberId);
  if (waitSeconds !== null) throw new Refusal('rate_limited', undefined, {}, waitSeconds);
  const { accountId, memberId } = caller;
  const userCode = typed.user_code.toUpperCase().replace(/[^A-Z]/g, '');
  const asked = { accountId, userCode, id: typed.device_id, now: clock.now() };
  const scope = caller.tokenScope ? JSON.stringify(caller.tokenScope) : null;
  const row = await database.write(async (tx) => {
    const decided = await store.decide(tx.sql, asked, { decision, member_id: memberId, scope });
    if (decided) await note(parts, tx, caller, decided, decision);
    return decided;
  });
  if (row) return shown(row);
  guesses.note(memberId);
  throw new Refusal('not_found', 'Cannot find a waiting device with this code');
}

function note(
  { audit }: Parts,
  tx: Tx,
  { accountId, actor }: Caller,
  device: store.DeviceRow,
  decision: 'approved' | 'denied',
): Promise<void> {
  const target = { kind: 'device', id: device.id, label: device.name };
  const payload = { address: device.address };
  return audit.record(tx, { accountId, actor, event: `operator_token.device_${decision}`, target, payload });
}

function shown(row: store.DeviceRow): Device {
  return {
    id: row.id,
    name: row.name,
    address: row.address,
    requested_at: instant(row.created_at),
    expires_at: instant(row.expires_at),
  };
}
