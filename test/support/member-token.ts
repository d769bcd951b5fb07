// A further member of a running cloud, with a token of their own.
import { systemActor } from '../../src/cloud/audit/audit.ts';
import { systemRandom } from '../../src/cloud/clock.ts';
import { createId } from '../../src/protocol/ids.ts';
import type { Role } from '../../src/protocol/permission.ts';
import type { RunningCloud } from './running-cloud.ts';

/** The secret of a token of a new member with that role. */
export async function tokenOf(cloud: RunningCloud, role: Role, name = `a ${role}`): Promise<string> {
  const { database, domains } = cloud.cloud;
  return database.write(async (tx) => {
    const account = await tx.sql.selectFrom('accounts').select('id').executeTakeFirstOrThrow();
    const member = { id: createId('member', systemRandom), accountId: account.id, name };
    await tx.sql
      .insertInto('members')
      .values({
        id: member.id,
        account_id: account.id,
        name,
        role,
        created_at: 0,
        joined_at: 0,
        suspended_at: null,
      })
      .execute();
    const minted = await domains.tokens.mint(tx, member, { name: role, expiresInMs: null }, systemActor);
    return minted.secret;
  });
}
