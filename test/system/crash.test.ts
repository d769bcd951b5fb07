// Either side dies while an action runs.
import { expect, test } from 'vitest';
import { listPackVersions, trustPackVersion } from '../../src/protocol/api/packs.ts';
import { startSystemFleet, type SystemFleet } from '../support/system-fleet.ts';
import { until } from '../support/until.ts';

const pack = {
  actions: [
    {
      name: 'count',
      script: '#!/bin/sh\ni=0\nwhile [ $i -lt 40 ]; do i=$((i+1)); echo "line $i"; sleep 0.1; done\n',
    },
    { name: 'wait', script: '#!/bin/sh\necho waiting\nexec sleep 60\n', timeout: '2m' },
  ],
};

async function trusted(fleet: SystemFleet): Promise<void> {
  await fleet.whenRunner((each) => each.packs_pending === 1);
  const { items } = await fleet.api.call(listPackVersions, { query: { state: 'pending' } });
  for (const { id, pending_hash } of items) {
    if (pending_hash === null) continue;
    await fleet.api.call(trustPackVersion, { params: { id }, body: { expected_hash: pending_hash } });
  }
}

const lines = Array.from({ length: 40 }, (_, index) => `line ${index + 1}\n`).join('');

test('RN2 RN3: the control plane is killed while an action runs and started again: complete output, once', async () => {
  await using fleet = await startSystemFleet();
  fleet.startRunner('host', { key: await fleet.mintKey(), pack });
  await trusted(fleet);
  const { runId } = await fleet.start('demo.count');
  const id = runId ?? '';
  await until('some output is stored', async () => (await fleet.output(id)).includes('line 5\n'));
  await fleet.cloud().stop('SIGKILL');
  await fleet.restartCloud();
  const finished = await fleet.whenFinished(id, 30_000);
  expect(finished).toMatchObject({ status: 'success', exit_code: 0, output_complete: true });
  expect(await fleet.output(id)).toBe(lines);
});

test('RN4: a runner that is killed and stays away: its run ends as error after the grace, and says why', async () => {
  await using fleet = await startSystemFleet({ turned: true });
  const service = fleet.startRunner('host', { key: await fleet.mintKey(), pack });
  await trusted(fleet);
  const { runId } = await fleet.start('demo.wait');
  const id = runId ?? '';
  await until('the action runs', async () => (await fleet.output(id)) === 'waiting\n');
  await service.stop('SIGKILL');
  await fleet.whenRunner((each) => each.state === 'offline');
  await fleet.advance(110_000);
  expect((await fleet.run(id)).status).toBe('running');
  await fleet.advance(15_000);
  const ended = await fleet.whenFinished(id);
  expect(ended).toMatchObject({ status: 'error', cause: 'lost_in_flight' });
  expect(ended.explanation).toMatch(/two minutes/);
});
