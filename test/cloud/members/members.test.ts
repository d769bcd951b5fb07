import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { initialise } from '../../../src/cloud/commands/init-command.ts';
import { withStore } from '../../../src/cloud/commands/store-session.ts';

test('of two attempts to set up one directory one makes the account, and there is never a half of it', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'emisar-members-'));
  try {
    const made = await initialise(dataDir, 'acme');
    await expect(initialise(dataDir, 'other')).rejects.toMatchObject({ code: 'already_initialised' });
    await withStore(
      { dataDir, databaseUrl: null, mayCreate: false },
      async ({ database, tokens, members }) => {
        expect(await members.account()).toMatchObject({ name: 'acme' });
        const count = async (table: 'accounts' | 'members' | 'operator_tokens') =>
          (await database.read.selectFrom(table).selectAll().execute()).length;
        expect([await count('accounts'), await count('members'), await count('operator_tokens')]).toEqual([
          1, 1, 1,
        ]);
        expect(await tokens.authenticate(made.token, null)).toMatchObject({
          role: 'owner',
          memberName: 'owner',
        });
      },
    );
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
});

test('what fails while setting up leaves a directory that can be set up', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'emisar-members-'));
  try {
    const broken = withStore({ dataDir, databaseUrl: null, mayCreate: true }, ({ database, members }) =>
      database.write(async (tx) => {
        await members.setUp(tx, { account: 'acme', owner: 'owner' });
        throw new Error('the power went');
      }),
    );
    await expect(broken).rejects.toThrow('the power went');
    expect(await initialise(dataDir, 'acme')).toMatchObject({ account: 'acme' });
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
});
