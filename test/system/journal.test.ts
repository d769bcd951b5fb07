// The host's journal against what the control plane has stored: both programs real.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listPackVersions, trustPackVersion } from '../../src/protocol/api/packs.ts';
import { runBin } from '../support/program.ts';
import { startSystemFleet } from '../support/system-fleet.ts';

const pack = { actions: [{ name: 'ping', command: ['echo', 'pong'] }] } as const;

test('JR11 JR12: runs of the fleet and of this host stand in one chain; a cut behind a stored run is found', async () => {
  await using fleet = await startSystemFleet();
  const service = fleet.startRunner('host', { key: await fleet.mintKey(), pack });
  await fleet.whenRunner((each) => each.packs_pending === 1);
  const { items } = await fleet.api.call(listPackVersions, { query: { state: 'pending' } });
  for (const { id, pending_hash } of items)
    await fleet.api.call(trustPackVersion, { params: { id }, body: { expected_hash: pending_hash ?? '' } });

  const home = join(fleet.folder, 'host');
  const emisar = (...argv: string[]) => runBin('emisar', ['--config', join(home, 'config.yaml'), ...argv]);
  const local = emisar('action', 'run', 'demo.ping', '--reason', 'by hand');
  const { runId } = await fleet.start('demo.ping');
  expect((await fleet.whenFinished(runId ?? '')).status).toBe('success');
  expect((await local).code).toBe(0);
  const whole = await emisar('audit', 'verify', '--against-cloud');
  expect([whole.code, whole.stdout]).toEqual([
    0,
    expect.stringMatching(/intact, 4 lines\ncontrol plane: .*is there, evt_/),
  ]);

  await service.stop();
  const journal = join(home, 'data/events.jsonl');
  const { event_id: eventId } = await fleet.run(runId ?? '');
  const lines = readFileSync(journal, 'utf8').split('\n').slice(0, -1);
  const at = lines.findIndex((line) => line.includes(`"${eventId}"`));
  writeFileSync(
    journal,
    lines
      .slice(0, at)
      .map((line) => `${line}\n`)
      .join(''),
  );
  expect((await emisar('audit', 'verify', '--all')).code).toBe(0);
  const cut = await emisar('audit', 'verify', '--against-cloud');
  expect([cut.code, cut.stderr]).toEqual([
    1,
    expect.stringContaining(`has stored the event ${eventId}, which is not in it`),
  ]);
});
