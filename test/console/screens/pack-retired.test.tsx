import { expect, test } from 'vitest';
import { getPackVersion, overridePackRetirement } from '../../../src/protocol/api/packs.ts';
import { DEAF_MS } from '../../../src/console/components/confirm-dialog.tsx';
import { startControlPlane } from '../support/control-plane.ts';
import { keys, openScreen } from '../support/opened-console.tsx';
import { descriptor } from '../support/descriptor.ts';
import { HASH_A, packDetail, packVersion } from '../support/rows.ts';
import { serveTopics } from '../support/served-topics.ts';

const retired = {
  state: 'retired',
  version: '1.4.2',
  retired_at: '2030-01-01T00:00:00.000Z',
  newer_version: '1.5.0',
  runners_count: 12,
} as const;

test('a retired version says what replaces it, stands with what waits, and is overridden by its trusted hash', async () => {
  await using plane = await startControlPlane();
  const detail = packDetail('pkv_1', {
    ...retired,
    trusted_actions: [descriptor('linux.df')],
    coverage: 'partial',
  });
  plane.answer(getPackVersion, () => detail);
  plane.answer(overridePackRetirement, () => packVersion('pkv_1'));
  serveTopics(plane, { packs: [packVersion('pkv_2', { pack_id: 'aaa' }), packVersion('pkv_1', retired)] });
  await using screen = openScreen(plane.url, ':packs');
  const list = await screen.shows(/▲ retired/);
  expect(list.indexOf('linux-core')).toBeLessThan(list.indexOf('aaa'));
  screen.type(keys.enter);
  await screen.shows(/a security release replaced it: 1\.5\.0/);
  expect(await screen.shows(/at least 12 runners/)).not.toMatch(/╭/);
  screen.type('a');
  await screen.shows(/Override the retirement…/);
  screen.type('v');
  await screen.shows(/╭ Override the retirement of linux-core 1\.4\.2/);
  screen.pass(DEAF_MS);
  screen.type(keys.right);
  screen.type(keys.enter);
  await screen.shows(/may run although it is retired/);
  const sent = plane.asked.filter(({ path }) => path.endsWith('/override-retirement'));
  expect(sent.map(({ body }) => body)).toEqual([{ expected_hash: HASH_A }]);
});
