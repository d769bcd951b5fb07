// Disable and revoke, as the host and its supervisor live through them.
import { expect, test } from 'vitest';
import { disableRunner, enableRunner, revokeRunnerToken } from '../../src/protocol/api/runners.ts';
import { startSystemFleet } from '../support/system-fleet.ts';

test('RE1 RE3: a revoked runner loses its socket, exits 1, and stays out with its old key however often it is started', async () => {
  await using fleet = await startSystemFleet();
  const key = await fleet.mintKey();
  const service = fleet.startRunner('host', { key });
  const runner = await fleet.whenRunner((each) => each.state === 'online');
  await fleet.api.call(revokeRunnerToken, { params: { id: runner.id } });
  expect(await service.ended).toBe(1);
  expect((await fleet.runner())?.state).toBe('revoked');
  for (let start = 0; start < 3; start += 1) {
    const again = fleet.startRunner('host', { key });
    expect(await again.ended).toBe(1);
    expect(again.stderr()).toMatch(/401|spent|revoked/);
    expect(again.stderr()).toContain('keys mint');
  }
  expect((await fleet.runner())?.state).toBe('revoked');
  const fresh = fleet.startRunner('host', { key: await fleet.mintKey() });
  await fresh.says(/connected/);
  await fleet.whenRunner((each) => each.state === 'online' && each.id === runner.id);
});

test('RE2: a disabled runner exits 1, keeps its token, and is back after enable and a start', async () => {
  await using fleet = await startSystemFleet();
  const service = fleet.startRunner('host', { key: await fleet.mintKey() });
  const runner = await fleet.whenRunner((each) => each.state === 'online');
  await fleet.api.call(disableRunner, { params: { id: runner.id } });
  expect(await service.ended).toBe(1);
  expect((await fleet.runner())?.state).toBe('disabled');
  const tooEarly = fleet.startRunner('host');
  expect(await tooEarly.ended).toBe(1);
  expect(tooEarly.stderr()).toContain('disabled');
  await fleet.api.call(enableRunner, { params: { id: runner.id } });
  fleet.startRunner('host');
  await fleet.whenRunner((each) => each.state === 'online' && each.id === runner.id);
});
