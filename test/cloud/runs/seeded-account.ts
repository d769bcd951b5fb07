// An account with its owner Ada, her token `ci` and the policy that an account begins with.
import type { Database } from '../../../src/cloud/database/database.ts';
import { setUpPolicy } from '../../../src/cloud/policy/policy.ts';

export async function seedAccount(database: Database, id: string, now: number): Promise<void> {
  await database.write(async (tx) => {
    await tx.sql
      .insertInto('accounts')
      .values({ id, name: 'Acme', pack_auto_trust: 'first', created_at: now })
      .execute();
    await tx.sql
      .insertInto('members')
      .values({ id: 'mem_1', account_id: id, name: 'Ada', role: 'owner', created_at: now })
      .execute();
    await tx.sql
      .insertInto('operator_tokens')
      .values({
        id: 'tok_1',
        account_id: id,
        member_id: 'mem_1',
        name: 'ci',
        prefix: 'emop-of-ci',
        hash: 'x',
        created_at: now,
      })
      .execute();
    await setUpPolicy(tx, { id, at: now });
  });
}
