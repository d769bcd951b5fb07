// Enrolling real hosts against a real control plane.
import { writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { createInstallCommand, mintEnrollmentKeys } from '../../src/protocol/api/enrollment-keys.ts';
import { listRunners, revokeRunnerToken } from '../../src/protocol/api/runners.ts';
import { repository, startProgram } from '../support/program.ts';
import { startSystemFleet } from '../support/system-fleet.ts';

test('EN1: two runners race with one single-use key: one enrolls, the other exits and names the fix', async () => {
  await using fleet = await startSystemFleet();
  const key = await fleet.mintKey();
  const racers = [fleet.startRunner('left', { key }), fleet.startRunner('right', { key })];
  const loser = await Promise.race(racers.map(async (racer) => ({ racer, code: await racer.ended })));
  expect(loser.code).toBe(1);
  expect(loser.racer.stderr()).toMatch(/key .*(spent|expired|revoked)/);
  expect(loser.racer.stderr()).toContain('keys mint');
  const winner = racers.find((racer) => racer !== loser.racer);
  await winner?.says(/connected/);
  const { items } = await fleet.api.call(listRunners, { query: { limit: 100 } });
  expect(items).toHaveLength(1);
  expect(fleet.cloud().stderr() + loser.racer.stderr() + (winner?.stderr() ?? '')).not.toContain(key);
});

test('the one line that is shown beside a key, typed into a shell, brings this host online', async () => {
  await using fleet = await startSystemFleet();
  const told = { group: "it's a group", labels: { role: '$(id) db' }, packs: ['linux-core'] };
  const { items } = await fleet.api.call(mintEnrollmentKeys, { body: { count: 1, ...told } });
  const [minted] = items;
  expect(minted?.command).toMatch(/^ /);
  const onPath = join(fleet.folder, 'bin');
  await startProgram('sh', ['-c', `mkdir ${onPath} && ln -s ${repository}/bin/emisar.js ${onPath}/emisar`])
    .ended;
  const shell = startProgram('sh', ['-c', `export PATH=${onPath}:$PATH;${minted?.command}`], {
    env: { EMISAR_DATA_DIR: join(fleet.folder, 'one-line') },
  });
  const runner = await fleet.whenRunner((each) => each.state === 'online');
  expect(runner).toMatchObject({
    name: hostname(),
    group: told.group,
    labels: told.labels,
    packs_count: 1,
    packs_pending: 0,
  });
  // Ends the runner, and the shell with it.
  await fleet.api.call(revokeRunnerToken, { params: { id: runner.id } });
  expect(await shell.ended).toBe(1);
});

test('the user-data of a host holds what its service needs: the runner that reads its file comes online', async () => {
  await using fleet = await startSystemFleet();
  const body = { variant: 'cloud-init' as const, host: 'web-1', group: 'two words', labels: { role: "d'b" } };
  const { document } = await fleet.api.call(createInstallCommand, { body });
  const { write_files: files } = parse(document.text) as { write_files: Record<string, string>[] };
  const [environment, unit] = files;
  const file = join(fleet.folder, 'runner.env');
  writeFileSync(file, environment?.['content'] ?? '', { mode: 0o600 });
  // As systemd does it: the variables of the file, the command of the unit; only its own paths are this test's.
  const [, command = ''] = /^ExecStart=\/usr\/bin\/env (.*)$/m.exec(unit?.['content'] ?? '') ?? [];
  const script = `set -a; . "$FILE"; set +a; exec ${command.replace('emisar', '"$NODE" "$PROGRAM"')}`;
  const service = startProgram('sh', ['-c', script], {
    env: {
      FILE: file,
      NODE: process.execPath,
      PROGRAM: join(repository, 'bin/emisar.js'),
      EMISAR_DATA_DIR: join(fleet.folder, 'service'),
    },
  });
  const runner = await fleet.whenRunner((each) => each.state === 'online');
  expect(runner).toMatchObject({ group: body.group, labels: body.labels });
  await fleet.api.call(revokeRunnerToken, { params: { id: runner.id } });
  expect(await service.ended).toBe(1);
});
