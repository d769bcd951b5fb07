// The fleet as operators see it, with what a build asks of its hosts when nobody says otherwise.
import type { Approvals } from '../../../src/cloud/approvals/approvals.ts';
import type { Database } from '../../../src/cloud/database/database.ts';
import { createFleet, type Fleet } from '../../../src/cloud/runners/fleet.ts';
import type { Presence } from '../../../src/cloud/runners/presence.ts';
import { defaultVersionPolicy } from '../../../src/protocol/runner-version.ts';

export function shownFleet(database: Database, presence: Presence, approvals: Approvals): Fleet {
  const { countPending: pendingApprovals } = approvals;
  return createFleet(database, { presence, versions: defaultVersionPolicy, pendingApprovals });
}
