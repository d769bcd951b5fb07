// Looking at the fleet as another member would (header `Emisar-As`): what both reach, a viewer's permissions,
// and no change at all. Nobody gains by it, and it stands on record.
import { Refusal } from '../../protocol/errors.ts';
import { may } from '../../protocol/permission.ts';
import { intersectReach } from '../../protocol/scope.ts';
import type { Audit } from '../audit/audit.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import type { Caller } from '../http/bound-route.ts';
import { reachOf } from '../members/access-row.ts';
import * as store from './store.ts';

const NOTED_EVERY_MS = 3_600_000;
/** Remembered notes; beyond it the oldest is forgotten, and then noted once more than need be. */
const MAX_NOTED = 10_000;

/** `header` as it arrived; undefined leaves the caller as they are. Refuses `insufficient_privileges`, `not_found`. */
export type ActAs = (caller: Caller, header: string | string[] | undefined) => Promise<Caller>;

export function createActAs(parts: { database: Database; clock: Clock; audit: Audit }): ActAs {
  const { database, clock } = parts;
  const notedAt = new Map<string, number>();

  function isNoteDue(key: string): boolean {
    const now = clock.now();
    const before = notedAt.get(key);
    if (before !== undefined && now - before < NOTED_EVERY_MS) return false;
    notedAt.delete(key);
    notedAt.set(key, now);
    const oldest = notedAt.keys().next();
    if (notedAt.size > MAX_NOTED && !oldest.done) notedAt.delete(oldest.value);
    return true;
  }

  async function note(caller: Caller, member: { id: string; name: string }): Promise<void> {
    const key = `${caller.tokenId} ${member.id}`;
    // Decided before the write: calls side by side are one note.
    if (!isNoteDue(key)) return;
    const { accountId, actor } = caller;
    const target = { kind: 'member', id: member.id, label: member.name };
    try {
      await database.write((tx) =>
        parts.audit.record(tx, { accountId, actor, event: 'membership.viewed_as', target }),
      );
    } catch (error) {
      notedAt.delete(key);
      throw error;
    }
  }

  return async (caller, header) => {
    if (header === undefined) return caller;
    if (!may(caller.role, 'members.view')) throw new Refusal('insufficient_privileges');
    const member = await store.selectMember(database.read, caller.accountId, referenceOf(header));
    if (!member) throw new Refusal('not_found', 'Cannot find this member');
    await note(caller, member);
    return {
      ...caller,
      role: 'viewer',
      reach: intersectReach(caller.reach, reachOf(member, null)),
      actingAs: { id: member.id, name: member.name },
    };
  };
}

/** An id or a name; a name that no header can carry comes percent-encoded. */
function referenceOf(header: string | string[]): string {
  try {
    if (typeof header === 'string' && header !== '' && header.length <= 512)
      return decodeURIComponent(header);
  } catch {
    // Falls through to the refusal.
  }
  throw new Refusal('invalid_request', 'Cannot read Emisar-As: it is the id or the name of one member');
}
