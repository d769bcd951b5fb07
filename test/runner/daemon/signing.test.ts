// A daemon that enforces signatures, as a real process: what it advertises, runs and refuses, over restarts and reloads.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Attestation } from '../../../src/runner/gates/attestation.ts';
import { temporaryFolder, writePack } from '../../support/pack-builder.ts';
import { attest, authority, certificate, keyOfSeed } from '../../support/signing.ts';
import { RunnerProcess } from '../runner-process.ts';
import { until } from '../until.ts';
import { WireServer, type Visit } from '../wire-server.ts';

let server: WireServer;
let folder: ReturnType<typeof temporaryFolder>;
let processes: RunnerProcess[];

beforeEach(async () => {
  server = await WireServer.start();
  folder = temporaryFolder('signed-');
  processes = [];
  writePack(join(folder.path, 'packs/demo'), {
    actions: [
      {
        name: 'say',
        command: ['echo', '{{ args.n }}'],
        args: [{ name: 'n', type: 'integer', required: true }],
      },
    ],
  });
  configure();
});
afterEach(async () => {
  await Promise.all(processes.map((runner) => runner.kill()));
  await server.stop();
  folder[Symbol.dispose]();
});

function configure(more = '', publicKey = authority.publicKey): void {
  writeFileSync(
    join(folder.path, 'config.yaml'),
    'schema_version: 1\nrunner: {id: web-01, group: web}\npaths: {data_dir: data, packs: [packs]}\n' +
      'events: {jsonl_path: events.jsonl}\nsigning:\n  enforce_signatures: true\n' +
      `  trusted_cas: [{ca_id: ca-main, public_key: ${publicKey}}]\n  max_attestation_age: 1h\n${more}`,
    { mode: 0o600 },
  );
}

interface State {
  packs: { demo: { hash: string } };
  [key: string]: unknown;
}

async function start(count = 1): Promise<{ runner: RunnerProcess; visit: Visit; state: State }> {
  const runner = new RunnerProcess(['--config', join(folder.path, 'config.yaml'), 'connect'], {
    HOME: folder.path,
    EMISAR_URL: server.url,
    EMISAR_AUTH_KEY: 'emkey-auth-test',
  });
  processes.push(runner);
  const visit = await until(() => server.visits[count - 1], `connection ${count} of:\n${runner.err}`, 10_000);
  return { runner, visit, state: (await visit.first('runner_state')) as State };
}

let nonce = 0;

/** Sends a dispatch whose arguments stand in exactly these bytes. */
function dispatch(
  visit: Visit,
  requestId: string,
  hash: string,
  attestation?: (intent: Parameters<typeof attest>[0]) => Attestation,
): void {
  const intent = {
    origin: server.url,
    externalId: 'web-01',
    actionId: 'demo.say',
    packRef: `demo@1.0.0/${hash}`,
    argsText: '{"n": 7}',
    reason: 'because <so>',
    operationId: 'op_1',
  };
  const frame = {
    type: 'run_action',
    protocol_version: 1,
    request_id: requestId,
    action_id: intent.actionId,
    expected_pack_hash: hash,
    pack_ref: intent.packRef,
    operation_id: intent.operationId,
    reason: intent.reason,
    ...(attestation && { attestation: attestation(intent) }),
  };
  visit.socket.send(`${JSON.stringify(frame).slice(0, -1)},"args":${intent.argsText}}`);
}

const signedNow =
  (change: Partial<Attestation> = {}) =>
  (intent: Parameters<typeof attest>[0]) =>
    attest(intent, {
      issued_at: new Date().toISOString(),
      nonce: (nonce += 1).toString(16).padStart(32, '0'),
      cert: certificate({ valid_from: '2020-01-01T00:00:00Z', valid_until: '2090-01-01T00:00:00Z' }),
      ...change,
    });

async function resultOf(visit: Visit, requestId: string) {
  return until(
    () => visit.of('action_result').find((frame) => frame['request_id'] === requestId),
    `the result of ${requestId}`,
  );
}

test('GA6: it says so, runs what is signed, refuses what is not, and remembers what was used over a restart', async () => {
  const { runner, visit, state } = await start();
  expect(state).toMatchObject({
    enforce_signatures: true,
    signing_ca_ids: ['ca-main'],
    max_attestation_age_seconds: 3_600,
  });
  const { hash } = state.packs.demo;
  const once = signedNow();
  let used: Attestation | undefined;
  dispatch(visit, 'req_signed', hash, (intent) => (used = once(intent)));
  expect(await resultOf(visit, 'req_signed')).toMatchObject({ status: 'success' });
  dispatch(visit, 'req_plain', hash);
  expect(await resultOf(visit, 'req_plain')).toMatchObject({
    status: 'signature_invalid',
    reason: 'signature_required',
    exit_code: -1,
  });
  await runner.kill();

  const { visit: again } = await start(2);
  dispatch(again, 'req_replayed', hash, () => used as Attestation);
  expect(await resultOf(again, 'req_replayed')).toMatchObject({
    status: 'signature_invalid',
    reason: 'replayed',
  });
  const lines = readFileSync(join(folder.path, 'events.jsonl'), 'utf8');
  expect(lines.match(/"dispatch_refused"/g)).toHaveLength(2);
  expect(lines.match(/"execution_completed"/g)).toHaveLength(1);
});

test('GA2, GA6: the signature is judged before the pack, and the pack after it', async () => {
  const { visit, state } = await start();
  writeFileSync(
    join(folder.path, 'packs/demo/actions/say.yaml'),
    readFileSync(join(folder.path, 'packs/demo/actions/say.yaml'), 'utf8').replace('echo', 'cat'),
  );
  dispatch(visit, 'req_plain', state.packs.demo.hash);
  expect(await resultOf(visit, 'req_plain')).toMatchObject({ status: 'signature_invalid' });
  dispatch(visit, 'req_signed', state.packs.demo.hash, signedNow());
  expect(await resultOf(visit, 'req_signed')).toMatchObject({ status: 'pack_hash_mismatch' });
});

test('GA6: SIGHUP takes over another authority and says so; an older age, or no enforcement, takes a restart', async () => {
  const { runner, visit, state } = await start();
  const other = keyOfSeed(0x55);
  configure('', other.publicKey);
  runner.child.kill('SIGHUP');
  await visit.first('runner_state', 2);
  dispatch(visit, 'req_old', state.packs.demo.hash, signedNow());
  expect(await resultOf(visit, 'req_old')).toMatchObject({ reason: 'cert_untrusted' });
  const cert = certificate(
    { valid_from: '2020-01-01T00:00:00Z', valid_until: '2090-01-01T00:00:00Z' },
    other,
  );
  dispatch(visit, 'req_new', state.packs.demo.hash, signedNow({ cert }));
  expect(await resultOf(visit, 'req_new')).toMatchObject({ status: 'success' });
  const text = readFileSync(join(folder.path, 'config.yaml'), 'utf8');
  for (const [from, to, sentence] of [
    ['max_attestation_age: 1h', 'max_attestation_age: 2h', 'to accept older attestations takes a restart'],
    [
      'enforce_signatures: true',
      'enforce_signatures: false',
      'no longer to enforce signatures takes a restart',
    ],
  ] as const) {
    writeFileSync(join(folder.path, 'config.yaml'), text.replace(from, to), { mode: 0o600 });
    runner.child.kill('SIGHUP');
    await runner.says(sentence);
  }
  dispatch(visit, 'req_plain', state.packs.demo.hash);
  expect(await resultOf(visit, 'req_plain')).toMatchObject({ reason: 'signature_required' });
});

test('with a spoiled record of used attestations it does not start', async () => {
  const { runner } = await start();
  await runner.kill();
  writeFileSync(join(folder.path, 'data/signing/nonce-cache.json'), 'nonsense\n');
  const again = new RunnerProcess(['--config', join(folder.path, 'config.yaml'), 'connect'], {
    HOME: folder.path,
    EMISAR_URL: server.url,
  });
  processes.push(again);
  expect((await again.ended).code).toBe(1);
  expect(again.err).toMatch(/^error: Cannot trust the nonce store [^\n]*\n$/m);
});
