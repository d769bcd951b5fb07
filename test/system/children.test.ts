// What the console starts writes to pipes and files: nothing of it ever lies on the screen.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApi } from '../../src/console/client/api.ts';
import { listPackVersions, trustPackVersion } from '../../src/protocol/api/packs.ts';
import { listRunners } from '../../src/protocol/api/runners.ts';
import { dispatch, getRun, getRunOutput } from '../../src/protocol/api/runs.ts';
import { isTerminal } from '../../src/protocol/run.ts';
import { writePack } from '../support/pack-builder.ts';
import { jobOf, processesWith } from '../support/processes.ts';
import { repository } from '../support/program.ts';
import { keys, startPty } from '../support/pty.ts';
import { openShellWith } from '../support/shell.ts';
import { until } from '../support/until.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'emisar-children-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const noise = [1, 2, 3, 4].map((count) => `NOISE-${count}`);
const script = `#!/bin/sh
echo ${noise[0]}
echo ${noise[1]} >&2
{ echo ${noise[2]} >/dev/tty; } 2>/dev/null
{ echo ${noise[3]} >&0; } 2>/dev/null
true
`;

const partsOf = (dataDir: string, program: string) =>
  processesWith(dataDir).filter((pid) =>
    readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`bin/${program}.js`),
  );

/** Runs the action behind the console's back; resolves with what it printed into its pipes. */
async function makeNoise(dataDir: string): Promise<string> {
  const { url } = JSON.parse(readFileSync(join(dataDir, 'endpoint.json'), 'utf8')) as { url: string };
  const api = createApi({ url, token: readFileSync(join(dataDir, 'operator-token'), 'utf8').trim() });
  try {
    const [waiting] = (await api.call(listPackVersions, { query: { state: 'pending' } })).items;
    const trust = { expected_hash: waiting?.pending_hash ?? '' };
    await api.call(trustPackVersion, { params: { id: waiting?.id ?? '' }, body: trust });
    const [runner] = (await api.call(listRunners, { query: { limit: 100 } })).items;
    const body = { action_id: 'demo.noise', runners: [runner?.id ?? ''], args: {}, reason: 'loud' };
    const { results } = await api.call(dispatch, { body });
    const params = { id: results[0]?.run?.id ?? '' };
    await until('the action ends', async () => isTerminal((await api.call(getRun, { params })).status));
    const page = await api.call(getRunOutput, { params, query: { after_seq: 0, limit: 100 } });
    return page.items.map(({ chunk }) => chunk).join('');
  } finally {
    await api.close();
  }
}

test('T28: neither an action nor a program of the fleet that dies reaches the screen', async () => {
  const dataDir = join(folder, 'fleet');
  writePack(join(dataDir, 'runner/packs/demo'), { actions: [{ name: 'noise', script }] });
  const words = [join(repository, 'bin/emisar-console.js'), 'local', '--data-dir', dataDir];
  await using screen = startPty(process.execPath, words, { env: { EMISAR_CONFIG_DIR: join(folder, 'p') } });
  await screen.shows(/● online/, 30_000);
  const output = await makeNoise(dataDir);
  expect(output).toContain('NOISE-1');
  expect(output).toContain('NOISE-2');
  screen.type(`:packs${keys.enter}`);
  await screen.shows(/demo +1\.0\.0 +✓ trusted/);
  const [cloud = 0] = partsOf(dataDir, 'emisar-cloud');
  process.kill(cloud, 'SIGABRT');
  await screen.shows(/◌ reconnecting|! stale/);
  expect(screen.raw()).not.toContain('NOISE');
  expect(screen.lines()[0]).toMatch(/^ emisar .*(?:reconnecting|stale)/);
  // What the control plane left behind does not keep the console from leaving in order.
  screen.type('qq');
  expect((await screen.ended).exitCode).toBe(0);
  await until('everything has ended', () => partsOf(dataDir, 'emisar').length === 0);
});

test('T18: interrupted while the fleet is still starting, nothing of it is left', async () => {
  const dataDir = join(folder, 'starting');
  await using shell = await openShellWith({ EMISAR_CONFIG_DIR: join(folder, 'p') });
  shell.type(
    `${process.execPath} ${join(repository, 'bin/emisar-console.js')} local --data-dir ${dataDir}${keys.enter}`,
  );
  await until('its first child runs', () => processesWith(dataDir).length > 1, 15_000);
  process.kill(jobOf(shell.pid), 'SIGINT');
  await until('everything has ended', () => processesWith(dataDir).length === 0, 15_000);
  await shell.shows(/ready:130 $/m);
});
