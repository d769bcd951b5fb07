// A name stands for one member: what a role or a scope is given to by name must not be a matter of chance.
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { systemRandom } from '../../../src/cloud/clock.ts';
import { memberNames } from '../../../src/cloud/database/migration-0190.ts';
import { insertMember } from '../../../src/cloud/team/store.ts';
import { noAccess } from '../../../src/protocol/access.ts';
import { createId } from '../../../src/protocol/ids.ts';
import { startRunningCloud } from '../../support/running-cloud.ts';

test('C14: of twenty invitations of one name at once exactly one is made', async () => {
  await using cloud = await startRunningCloud();
  const invite = () => cloud.call('POST', '/api/v1/members', { name: 'mara', role: 'viewer' });
  const answers = await Promise.all(Array.from({ length: 20 }, invite));
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  const refused = answers.filter(({ body }) => body.code === 'member_exists');
  expect(refused).toHaveLength(19);
  const { items } = (await cloud.call('GET', '/api/v1/members')).body as { items: { name: string }[] };
  expect(items.filter(({ name }) => name === 'mara')).toHaveLength(1);
  expect((await cloud.auditEvents()).filter((event) => event === 'user.invited')).toHaveLength(1);
});

test('the store itself takes a name once, and again when its member is gone', async () => {
  await using cloud = await startRunningCloud();
  const { database } = cloud.cloud;
  const { id: accountId } = await database.read.selectFrom('accounts').select('id').executeTakeFirstOrThrow();
  const insert = () =>
    database.write((tx) => {
      const id = createId('member', systemRandom);
      return insertMember(tx.sql, { id, accountId, name: 'mara', role: 'viewer', access: noAccess, at: 1 });
    });
  expect([await insert(), await insert()]).toEqual([true, false]);
  await cloud.call('DELETE', '/api/v1/members/mara');
  expect(await insert()).toBe(true);
});

test('a store in which a race had given one name twice is brought up to date: the second is told apart', async () => {
  await using cloud = await startRunningCloud();
  const { database } = cloud.cloud;
  const { id: accountId } = await database.read.selectFrom('accounts').select('id').executeTakeFirstOrThrow();
  const ids = [createId('member', systemRandom), createId('member', systemRandom)].toSorted();
  await database.write(async (tx) => {
    await tx.sql.schema.dropIndex('members_names').execute();
    for (const id of ids)
      await insertMember(tx.sql, { id, accountId, name: 'mara', role: 'viewer', access: noAccess, at: 1 });
    for (const statement of memberNames) await sql.raw(statement).execute(tx.sql);
  });
  const { items } = (await cloud.call('GET', '/api/v1/members')).body as {
    items: { id: string; name: string }[];
  };
  const [first = '', second = ''] = ids;
  expect(items.find(({ id }) => id === first)?.name).toBe('mara');
  expect(items.find(({ id }) => id === second)?.name).toBe(`mara~${second.slice(-4)}`);
});
