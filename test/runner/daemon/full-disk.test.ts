// A disk that is full: the kernel refuses every write of the runner beyond a size, as a full one would.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawn, type ChildProcess } from 'node:child_process';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { verifyFile } from '../../../src/runner/journal/verify.ts';
import { temporaryFolder, writePack } from '../../support/pack-builder.ts';
import { until } from '../until.ts';
import { WireServer, type Visit } from '../wire-server.ts';

const program = fileURLToPath(new URL('../../../src/runner/main.ts', import.meta.url));
const LIMIT_BYTES = 12 * 1024;

let server: WireServer;
let folder: ReturnType<typeof temporaryFolder>;
let child: ChildProcess;
let err = '';

beforeEach(async () => {
  server = await WireServer.start();
  folder = temporaryFolder('full-disk-');
  err = '';
  writePack(join(folder.path, 'packs/demo'), {
    actions: [
      { name: 'ping', command: ['echo', 'pong'] },
      {
        name: 'steps',
        script: 'n=0; while [ ! -e "$1" ]; do n=$((n+1)); echo "step $n"; sleep 0.05; done; echo end\n',
        argv: [join(folder.path, 'stop')],
      },
    ],
  });
  writeFileSync(
    join(folder.path, 'config.yaml'),
    'schema_version: 1\nrunner: {id: web-01, group: web}\npaths: {data_dir: data, packs: [packs]}\nevents: {jsonl_path: log/events.jsonl}\n',
    { mode: 0o600 },
  );
});
afterEach(async () => {
  child.kill('SIGKILL');
  await server.stop();
  folder[Symbol.dispose]();
});

async function connected(): Promise<{ visit: Visit; hash: string }> {
  // Written through this signal a process would end; ignored, the write fails as on a full disk.
  const script = `trap '' XFSZ; ulimit -f ${LIMIT_BYTES / 1024}; exec "$0" "$@"`;
  child = spawn(
    'bash',
    ['-c', script, process.execPath, program, '--config', join(folder.path, 'config.yaml'), 'connect'],
    {
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: folder.path,
        EMISAR_URL: server.url,
        EMISAR_AUTH_KEY: 'emkey-auth-test',
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  child.stderr?.on('data', (text: Buffer) => (err += text.toString()));
  const visit = await until(() => server.visits[0], `a connection:\n${err}`, 10_000);
  const state = (await visit.first('runner_state')) as { packs?: { demo: { hash: string } } };
  return { visit, hash: state.packs?.demo.hash ?? '' };
}

async function runOnce(visit: Visit, hash: string, requestId: string) {
  visit.run(requestId, { action_id: 'demo.ping', expected_pack_hash: hash, reason: 'x'.repeat(900) });
  const result = await until(
    () => visit.of('action_result').find((frame) => frame['request_id'] === requestId),
    requestId,
  );
  visit.acknowledge(requestId);
  return result;
}

/** Runs until the journal takes no more; gives the first result that says so. */
async function fillJournal(visit: Visit, hash: string) {
  for (let number = 1; number <= 20; number += 1) {
    const result = await runOnce(visit, hash, `req_${number}`);
    if (result['local_audit_failed'] === true) return result;
  }
  throw new Error('the journal never filled up');
}

test('C28: a run that is going on when the disk fills up goes on, and its result says what is missing', async () => {
  const { visit, hash } = await connected();
  visit.run('req_long', { action_id: 'demo.steps', expected_pack_hash: hash });
  await visit.first('action_progress', 2);
  await fillJournal(visit, hash);
  const told = visit.of('action_progress').length;
  await visit.first('action_progress', told + 2);
  writeFileSync(join(folder.path, 'stop'), '');
  const result = await until(
    () => visit.of('action_result').find((frame) => frame['request_id'] === 'req_long'),
    'its end',
  );
  expect(result).toMatchObject({ status: 'success', exit_code: 0, local_audit_failed: true });
  expect(result['event_id']).toBeUndefined();
  expect(child.exitCode).toBeNull();
});

test('C8: what can no longer be recorded is refused with its reason, and the host says that it is not ready', async () => {
  const { visit, hash } = await connected();
  const first = await fillJournal(visit, hash);
  expect(first).toMatchObject({ local_audit_failed: true });
  const state = await visit.first('runner_state', 2);
  expect(state).toMatchObject({
    actions: null,
    packs: { demo: { hash } },
    degraded_packs: [
      {
        pack: 'emisar',
        reason: expect.stringMatching(
          /^the journal of this host cannot be written, so nothing is run here: EFBIG/,
        ),
      },
    ],
  });
  expect(await runOnce(visit, hash, 'req_more')).toMatchObject({
    status: 'error',
    reason: 'local_audit_failed',
    exit_code: -1,
  });
  expect(visit.of('action_started').filter((frame) => frame['request_id'] === 'req_more')).toEqual([]);
});

test('JR6: with room again a reload opens the journal anew, and the chain goes on', async () => {
  const { visit, hash } = await connected();
  await fillJournal(visit, hash);
  await visit.first('runner_state', 2);
  rmSync(join(folder.path, 'log/events.jsonl'));
  child.kill('SIGHUP');
  const state = await visit.first('runner_state', visit.of('runner_state').length + 1);
  expect(state).toMatchObject({ actions: [{ id: 'demo.ping' }, { id: 'demo.steps' }] });
  expect(state['degraded_packs']).toBeUndefined();
  expect(await runOnce(visit, hash, 'req_after')).toMatchObject({
    status: 'success',
    event_id: expect.any(String),
  });
  expect(await verifyFile(join(folder.path, 'log/events.jsonl'))).toMatchObject({ intact: true, lines: 2 });
  expect(readFileSync(join(folder.path, 'log/events.jsonl'), 'utf8')).toContain('req_after');
});
