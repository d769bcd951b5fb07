// A second device and a look as another member, by verbs on a real control plane.
import { expect, test } from 'vitest';
import { environment, verb } from '../support/verb-run.ts';
import { startRunningCloud } from '../../support/running-cloud.ts';
import { until } from '../../support/until.ts';

test('login --device shows a code; devices approve signs it in; --as looks and changes nothing', async () => {
  await using cloud = await startRunningCloud();
  const owner = { ...environment(cloud.url), EMISAR_TOKEN: cloud.ownerToken };
  const { EMISAR_CONFIG_DIR = '' } = environment();
  const env = { EMISAR_CONFIG_DIR };
  const signingIn = verb(['login', '--url', cloud.url, '--device'], { env });
  await until('the device waits', async () =>
    (await verb(['devices', 'list'], { env: owner })).out.includes('127.0.0.1'),
  );
  const waiting = await cloud.cloud.database.read.selectFrom('device_grants').selectAll().executeTakeFirst();
  const approved = await verb(['devices', 'approve', waiting?.user_code ?? '', '--yes'], { env: owner });
  expect(approved).toMatchObject({ code: 0, out: expect.stringContaining('is signed in as you') });
  const end = await signingIn;
  expect(end).toMatchObject({ code: 0, out: expect.stringContaining('Signed in') });
  expect(end.err).toMatch(/devices approve [A-Z]{4}-[A-Z]{4}/);
  expect((await verb(['whoami', '--as', 'owner'], { env })).out).toContain('viewer');
  const refused = await verb(['tokens', 'mint', 'x', '--as', 'owner'], { env });
  expect(refused.err).toContain('acting_as_read_only');
});
