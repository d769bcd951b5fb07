// What an action is started with, and what happens on a host that cannot isolate it.
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createIsolation, type IsolationOptions } from '../../../src/runner/execution/isolation.ts';
import { temporaryFolder } from '../../support/pack-builder.ts';

const wish = { program: '/bin/true', argv: ['x'], allowsSetuid: false };
const nowhere: IsolationOptions = {
  environment: { PATH: '/nonexistent' },
  directories: [],
  requireIsolation: true,
  platform: 'linux',
};

test('EX2: on Linux without setpriv an action is refused with the fix', async () => {
  expect(await createIsolation(nowhere)(wish)).toEqual({
    refused: expect.stringContaining('require_isolation: false'),
  });
});

test('EX2: require_isolation: false and other systems run it as it is', async () => {
  const plain = { program: '/bin/true', argv: ['x'], isIsolated: false };
  expect(await createIsolation({ ...nowhere, requireIsolation: false })(wish)).toEqual(plain);
  expect(await createIsolation({ ...nowhere, platform: 'darwin' })(wish)).toEqual(plain);
});

test('EX2: a setpriv that lacks the options counts as none', async () => {
  using folder = temporaryFolder();
  const poor = join(folder.path, 'setpriv');
  writeFileSync(poor, '#!/bin/sh\necho "unrecognized option" >&2\nexit 1\n');
  chmodSync(poor, 0o755);
  expect(await createIsolation({ ...nowhere, directories: [folder.path] })(wish)).toHaveProperty('refused');
});

test.runIf(process.platform === 'linux')(
  "EX2: privileges are cut, the account is switched, the parent's death is fatal",
  async () => {
    const launch = await createIsolation({ environment: process.env, requireIsolation: true })({
      ...wish,
      account: { uid: 7, gid: 8 },
    });
    expect(launch).toMatchObject({
      argv: [
        '--reuid=7',
        '--regid=8',
        '--clear-groups',
        '--no-new-privs',
        '--pdeathsig',
        'KILL',
        '--',
        '/bin/true',
        'x',
      ],
      isIsolated: true,
    });
  },
);
