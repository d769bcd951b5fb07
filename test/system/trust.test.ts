// Packs that change on a host, from the edited file to the released dispatch.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listPackVersions, trustPackVersion } from '../../src/protocol/api/packs.ts';
import { startSystemFleet, type SystemFleet } from '../support/system-fleet.ts';
import { until } from '../support/until.ts';

const pack = {
  actions: [
    { name: 'hello', script: '#!/bin/sh\necho hello\n' },
    { name: 'slow', script: '#!/bin/sh\nfor i in 1 2 3 4 5 6; do echo "line $i"; sleep 0.25; done\n' },
  ],
};

async function trustWhatWaits(fleet: SystemFleet): Promise<string> {
  const waiting = await until('a hash waits', async () => {
    const { items } = await fleet.api.call(listPackVersions, { query: {} });
    return items.find((item) => item.state === 'pending' && item.pending_hash !== null);
  });
  const hash = waiting.pending_hash ?? '';
  await fleet.api.call(trustPackVersion, { params: { id: waiting.id }, body: { expected_hash: hash } });
  return hash;
}

test('TR1: an edited pack file waits for a decision after SIGHUP, drops no run, and dispatches only once trusted', async () => {
  await using fleet = await startSystemFleet();
  const service = fleet.startRunner('host', { key: await fleet.mintKey(), pack });
  await fleet.whenRunner((each) => each.state === 'online' && each.packs_pending === 1);
  expect(await fleet.start('demo.hello')).toEqual({ runId: null, code: 'pack_untrusted' });
  const first = await trustWhatWaits(fleet);
  const slow = await fleet.start('demo.slow');

  await until('the slow run prints', async () => (await fleet.output(slow.runId ?? '')) !== '');
  writeFileSync(join(fleet.packFolder('host'), 'scripts/hello.sh'), '#!/bin/sh\necho changed\n');
  service.signal('SIGHUP');
  await fleet.whenRunner((each) => each.packs_pending === 1);
  expect(await fleet.start('demo.hello')).toEqual({ runId: null, code: 'pack_untrusted' });

  const finished = await fleet.whenFinished(slow.runId ?? '');
  expect(finished.status).toBe('success');
  expect(await fleet.output(finished.id)).toBe('line 1\nline 2\nline 3\nline 4\nline 5\nline 6\n');
  const second = await trustWhatWaits(fleet);
  expect(second).not.toBe(first);
  const released = await fleet.start('demo.hello');
  expect((await fleet.whenFinished(released.runId ?? '')).status).toBe('success');
  expect(await fleet.output(released.runId ?? '')).toBe('changed\n');
});

test('TR5: bytes changed without a reload are refused by the host itself', async () => {
  await using fleet = await startSystemFleet();
  fleet.startRunner('host', { key: await fleet.mintKey(), pack });
  await fleet.whenRunner((each) => each.packs_pending === 1);
  await trustWhatWaits(fleet);
  writeFileSync(join(fleet.packFolder('host'), 'scripts/hello.sh'), '#!/bin/sh\necho tampered\n');
  const run = await fleet.start('demo.hello');
  const finished = await fleet.whenFinished(run.runId ?? '');
  expect(finished.status).toBe('refused');
  expect(await fleet.output(finished.id)).toBe('');
});
