import { expect, test } from 'vitest';
import {
  getPackVersion,
  rejectPackVersion,
  revokePackVersion,
  trustPackVersion,
} from '../../../src/protocol/api/packs.ts';
import type { ActionDescriptor } from '../../../src/protocol/descriptor.ts';
import { diffActions } from '../../../src/protocol/pack-diff.ts';
import { DEAF_MS } from '../../../src/console/components/confirm-dialog.tsx';
import { Problem, startControlPlane, type ControlPlane } from '../support/control-plane.ts';
import { keys, openScreen, type OpenedConsole } from '../support/opened-console.tsx';
import { HASH_A, HASH_B, packDetail, packVersion } from '../support/rows.ts';
import { descriptor } from '../support/descriptor.ts';
import { serveTopics } from '../support/served-topics.ts';
import { eventually } from '../support/eventually.ts';

const drifted = {
  state: 'pending',
  drifted: true,
  pending_hash: HASH_B,
  runners_count: 12,
  pending_runners_count: 3,
} as const;
const before = [
  descriptor('linux.tail_log'),
  descriptor('linux.arp'),
  descriptor('linux.df', { description: 'old' }),
];
const after = [
  descriptor('linux.tail_log', { risk: 'high' }),
  descriptor('linux.kill', { risk: 'critical' }),
  descriptor('linux.df', { description: 'new' }),
];
const grouped = (digit: string) => Array.from({ length: 4 }, () => digit.repeat(8)).join(' ');

function serveVersion(
  plane: ControlPlane,
  trusted: ActionDescriptor[],
  pending: ActionDescriptor[],
  hash: () => string = () => HASH_B,
) {
  const versions = [
    packVersion('pkv_1', { ...drifted, version: '1.4.2' }),
    packVersion('pkv_2', { pack_id: 'docker' }),
  ];
  plane.answer(getPackVersion, () =>
    packDetail('pkv_1', {
      ...drifted,
      version: '1.4.2',
      pending_hash: hash(),
      trusted_actions: trusted,
      pending_actions: pending,
      changes: diffActions(trusted, pending),
      unchanged_count: 31,
      runners: [{ id: 'rnr_1', name: 'cass-01', group: 'cass', hash: hash() }],
    }),
  );
  return serveTopics(plane, { packs: versions });
}

const bodiesOf = (plane: ControlPlane, ending: string) =>
  plane.asked.filter(({ path }) => path.endsWith(ending)).map(({ body }) => body);

async function openTrust(screen: OpenedConsole): Promise<void> {
  await screen.shows(/what changes[^]*a act/);
  screen.type('a');
  await screen.shows(/Trust…[^]*Reject…/);
  screen.type('t');
  await screen.shows(/╭ Trust linux-core 1\.4\.2 on 127\.0\.0\.1/);
  screen.pass(DEAF_MS);
}

test('the packs list puts what waits first, with glyph and word, and filters', async () => {
  await using plane = await startControlPlane();
  serveVersion(plane, before, after);
  await using screen = openScreen(plane.url, ':packs');
  const frame = await screen.shows(/▲ drifted/);
  expect(frame.indexOf('linux-core')).toBeLessThan(frame.indexOf('docker'));
  expect(frame).toMatch(/linux-core +1\.4\.2 +▲ drifted +sha256:bbbbbbbb…bbbbbbbb +3 of 12/);
  screen.type('/docker');
  expect(await screen.shows(/1 of 2/)).not.toMatch(/linux-core/);
  screen.type('zzz');
  await screen.shows(/Nothing matches the filter/);
});

test('the decision view shows both hashes in full and the dangers first, in 80 columns', async () => {
  await using plane = await startControlPlane();
  serveVersion(plane, before, after);
  await using screen = openScreen(plane.url, ':pack pkv_1');
  const frame = await screen.shows(/what changes/);
  for (const digit of ['a', 'b']) expect(frame.split(grouped(digit))).toHaveLength(3);
  const marks = [...frame.matchAll(/^ [ ▌] ([!+~-]) (linux\.\w+)/gm)].map(([, mark, id]) => `${mark} ${id}`);
  expect(marks).toEqual(['! linux.kill', '! linux.tail_log', '~ linux.df', '- linux.arp']);
  expect(frame).toMatch(/risk low → high/);
  expect(frame).toMatch(/31 actions unchanged/);
  expect(frame).toMatch(/3 of 12 runners +cass-01/);
  for (const line of frame.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
});

test('a rising risk asks for the name, and trust sends exactly the hash on the screen', async () => {
  await using plane = await startControlPlane();
  serveVersion(plane, before, after);
  plane.answer(trustPackVersion, () => packVersion('pkv_1', { trusted_hash: HASH_B }));
  await using screen = openScreen(plane.url, ':pack pkv_1');
  await openTrust(screen);
  expect(screen.frame()).toMatch(/1 new critical action and 1 risk that rises/);
  screen.type(keys.enter);
  screen.type('linux-core v1.4.1');
  await screen.shows(/linux-core v1\.4\.1/);
  screen.type(keys.enter);
  screen.type('\u007f2');
  await screen.shows(/v1\.4\.2 +✓/);
  expect(bodiesOf(plane, '/trust')).toEqual([]);
  screen.type(keys.enter);
  await screen.shows(/is trusted/);
  expect(bodiesOf(plane, '/trust')).toEqual([{ expected_hash: HASH_B }]);
});

test('T3: without a danger, Enter on the fresh dialog does nothing; Trust needs a step to it', async () => {
  await using plane = await startControlPlane();
  const milder = [descriptor('linux.tail_log'), descriptor('linux.new')];
  serveVersion(plane, before, milder);
  plane.answer(trustPackVersion, () => packVersion('pkv_1'));
  await using screen = openScreen(plane.url, ':pack pkv_1');
  await openTrust(screen);
  screen.type(keys.enter);
  await screen.hides(/╭/);
  expect(bodiesOf(plane, '/trust')).toEqual([]);
  await openTrust(screen);
  screen.type(keys.right);
  screen.type(keys.enter);
  await eventually(() => bodiesOf(plane, '/trust').length === 1);
});

test('TR3: a hash that moved is refused, and the new difference is shown', async () => {
  await using plane = await startControlPlane();
  let hash = HASH_B;
  serveVersion(plane, before, after, () => hash);
  plane.answer(trustPackVersion, () => {
    throw new Problem('pack_moved');
  });
  await using screen = openScreen(plane.url, ':pack pkv_1');
  await openTrust(screen);
  hash = `sha256:${'c'.repeat(64)}`;
  screen.type('linux-core v1.4.2');
  await screen.shows(/✓/);
  screen.type(keys.enter);
  await screen.shows(/the hash that is waiting is not the one you saw/);
  expect(await screen.shows(new RegExp(grouped('c')))).not.toMatch(/╭/);
});

test('reject needs the typed name and sends the shown hash', async () => {
  await using plane = await startControlPlane();
  serveVersion(plane, before, after);
  plane.answer(rejectPackVersion, () => packVersion('pkv_1'));
  await using screen = openScreen(plane.url, ':packs/linux-core@1.4.2');
  await screen.shows(/what changes[^]*a act/);
  screen.type('ax');
  await screen.shows(/╭ Reject/);
  screen.pass(DEAF_MS);
  screen.type('linux-core v1.4.2');
  await screen.shows(/✓/);
  screen.type(keys.enter);
  await screen.shows(/bytes are rejected/);
  expect(bodiesOf(plane, '/reject')).toEqual([{ expected_hash: HASH_B }]);
});

test('trust in what runs is revoked by its typed name, on exactly the hash that is trusted', async () => {
  await using plane = await startControlPlane();
  serveVersion(plane, before, after);
  plane.answer(getPackVersion, () => packDetail('pkv_1', { trusted_hash: HASH_A, trusted_actions: before }));
  plane.answer(revokePackVersion, () => packVersion('pkv_1'));
  await using screen = openScreen(plane.url, ':pack pkv_1');
  await screen.shows(/a act/);
  screen.type('a');
  expect(await screen.shows(/k +Revoke trust…/)).not.toMatch(/Reject…/);
  screen.type('k');
  await screen.shows(/╭ Revoke trust in linux-core[^]*3 actions can be started nowhere/);
  screen.pass(DEAF_MS);
  screen.type(`linux-core v${packVersion('pkv_1').version}`);
  await screen.shows(/✓/);
  screen.type(keys.enter);
  await screen.shows(/is trusted no more/);
  expect(bodiesOf(plane, '/revoke-trust')).toEqual([{ expected_hash: HASH_A }]);
});

test('T6: a viewer sees the difference and no verb', async () => {
  await using plane = await startControlPlane();
  const { rows } = serveVersion(plane, before, after);
  serveTopics(plane, rows, 'viewer');
  await using screen = openScreen(plane.url, ':pack pkv_1');
  await screen.shows(/what changes/);
  await screen.shows(/viewer/);
  screen.type('a');
  await screen.shows(/a does nothing here/);
});

test('a pack version that is not there says so, with its code', async () => {
  await using plane = await startControlPlane();
  serveTopics(plane);
  await using screen = openScreen(plane.url, ':pack nope@1');
  expect(await screen.shows(/Cannot show this pack version/)).toMatch(/not_found/);
});
