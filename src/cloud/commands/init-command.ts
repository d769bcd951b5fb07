// `emisar-cloud init`: the account, its owner and the owner's first token, all in one transaction.
import { systemActor } from '../audit/audit.ts';
import { systemClock } from '../clock.ts';
import { setUpPolicy } from '../policy/policy.ts';
import { withStore } from './store-session.ts';

export interface Initialised {
  account: string;
  owner: string;
  /** Shown once; only its hash is kept. */
  token: string;
}

/** Refuses `already_initialised`, `data_dir_*`, `database_*`. */
export function initialise(
  dataDir: string,
  account: string,
  databaseUrl: string | null = null,
): Promise<Initialised> {
  return withStore({ dataDir, databaseUrl, mayCreate: true }, async ({ database, members, tokens }) =>
    database.write(async (tx) => {
      const owner = await members.setUp(tx, { account, owner: 'owner' });
      await setUpPolicy(tx, { id: owner.accountId, at: systemClock.now() });
      const wish = { name: 'first token', expiresInMs: null };
      const minted = await tokens.mint(tx, owner, wish, systemActor);
      return { account, owner: owner.name, token: minted.secret };
    }),
  );
}
