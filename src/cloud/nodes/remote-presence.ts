// Runners whose sockets other nodes hold, as they are in the record, brought into this node's picture of who is
// with us. Their heartbeats come as news.
import { sql as raw, type SqlBool } from 'kysely';
import type { Database } from '../database/database.ts';
import type { Presence } from '../runners/presence.ts';

export interface RemotePresence {
  /** Looks the runners up; all that are connected when `ids` is null. */
  sync(ids: readonly string[] | null): Promise<RecordOfRunner[]>;
}

export interface RecordOfRunner {
  id: string;
  connected: 0 | 1;
  epoch: number;
  nodeId: string | null;
  lastDisconnectedAt: number | null;
}

export function createRemotePresence(parts: {
  database: Database;
  presence: Presence;
  nodeId: string;
}): RemotePresence {
  const { database, presence, nodeId } = parts;
  return {
    sync: async (ids) => {
      if (ids?.length === 0) return [];
      const rows = await database.read
        .selectFrom('runners')
        .select(['id', 'account_id', 'connected', 'epoch', 'node_id', 'last_address'])
        .select(['last_connected_at', 'last_disconnected_at'])
        .$if(ids !== null, (query) => query.where('id', 'in', [...(ids ?? [])]))
        .$if(ids === null, (query) => query.where(raw<SqlBool>`connected = 1`))
        .execute();
      for (const row of rows) {
        const known = presence.find(row.id);
        if (row.connected === 0) {
          if (known && !known.isOurs) presence.leave(row.id, known.epoch);
        } else if (row.node_id !== nodeId && row.node_id !== null) {
          const { id: runnerId, account_id: accountId, epoch } = row;
          if (known?.epoch !== epoch)
            presence.enter({ runnerId, accountId, epoch, address: row.last_address ?? '', isOurs: false });
          // Connected since its last end means past its first runner_state.
          if ((row.last_connected_at ?? -1) >= (row.last_disconnected_at ?? 0))
            presence.establish(runnerId, epoch);
        }
      }
      return rows.map((row) => ({
        id: row.id,
        connected: row.connected,
        epoch: row.epoch,
        nodeId: row.node_id,
        lastDisconnectedAt: row.last_disconnected_at,
      }));
    },
  };
}
