// Opens the store of a data directory for one command that runs without a server, under the directory's lock.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Refusal } from '../../protocol/errors.ts';
import { createAudit } from '../audit/audit.ts';
import { systemClock, systemRandom, type Clock } from '../clock.ts';
import { noBus } from '../database/bus.ts';
import { openDatabase, type Database } from '../database/database.ts';
import { holdDataDir, STORE_NAME } from '../database/data-dir.ts';
import { createOutbox, type Outbox } from '../event-stream/outbox.ts';
import { createMembers, type Members } from '../members/members.ts';
import { createSharedOutbox } from '../nodes/shared-outbox.ts';
import { createTeam, type Team } from '../team/team.ts';
import { createTokens, type Tokens } from '../tokens/tokens.ts';

export interface StoreSession {
  database: Database;
  members: Members;
  tokens: Tokens;
  team: Team;
}

export interface StorePlace {
  dataDir: string;
  databaseUrl: string | null;
  /** Only `init` makes a store where there is none. */
  mayCreate: boolean;
}

/** Refuses `data_dir_*`, `database_*`. */
export async function withStore<Result>(
  { dataDir, databaseUrl, mayCreate }: StorePlace,
  work: (session: StoreSession) => Promise<Result>,
): Promise<Result> {
  if (!mayCreate && databaseUrl === null && !existsSync(join(dataDir, STORE_NAME))) {
    throw new Refusal('data_dir_missing', `Cannot go on: nothing was set up in ${dataDir}`);
  }
  const held = holdDataDir(dataDir);
  try {
    const database = await openDatabase(held.databaseFile, databaseUrl);
    try {
      const base = { database, clock: systemClock, random: systemRandom };
      const outbox = databaseUrl === null ? createOutbox() : toldToNodes(base.clock);
      const audit = createAudit({ ...base, outbox });
      const onFault = (error: unknown) => {
        throw error;
      };
      const tokens = createTokens({ ...base, audit, outbox, onFault });
      const members = createMembers({ ...base, audit });
      const team = createTeam({ ...base, audit, outbox, tokens });
      return await work({ database, members, tokens, team });
    } finally {
      await database.close();
    }
  } finally {
    held.release();
  }
}

/** Nodes that serve from the same store hear of it within a second: no bell is rung for them. */
function toldToNodes(clock: Clock): Outbox {
  return createSharedOutbox(createOutbox(), { nodeId: 'a command', clock, bus: noBus });
}
