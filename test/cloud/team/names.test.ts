// A name stands for one member: what a role or a scope is given to by name must not be a matter of chance.
import { expect, test } from 'vitest';
import { systemRandom } from '../../../src/cloud/clock.ts';
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
