// Every message of the wire, read and written again byte for byte on both sides, and what each side itself sends.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readRunnerFrame } from '../../src/cloud/gateway/frame-intake.ts';
import { cancelFrame, runActionFrame } from '../../src/cloud/runs/frames.ts';
import { loadPacks } from '../../src/packs/load.ts';
import { heartbeatFrame } from '../../src/runner/link/heartbeat.ts';
import { readCloudFrame } from '../../src/runner/link/frame-reader.ts';
import { decodeRecord, encodeRecord } from '../../src/runner/link/dispatch-record.ts';
import { describeRunner } from '../../src/runner/link/runner-state.ts';
import { RunOutbox } from '../../src/runner/link/run-outbox.ts';
import { demoManifest, pingAction } from '../packs/pack-files.ts';
import { temporaryFolder } from '../support/pack-builder.ts';
import { cloudFrames, publishedRunAction, publishedState, runnerFrames } from './golden-frames.ts';

const hash = 'sha256:38d83569da0265c982a6bc158d9a9397c3165e0ffce373c3a4a461714fa7b4dc';
const requestId = 'req_Zk3v9Qm1TtB7yXw0aLc5Rg';

function readByRunner(text: string) {
  const read = readCloudFrame(text);
  if (read.kind !== 'frame') throw new Error(`not a frame: ${JSON.stringify(read)}`);
  return read.frame;
}

function readByCloud(text: string) {
  const read = readRunnerFrame(text);
  if (read.kind !== 'frame') throw new Error(`not a frame: ${JSON.stringify(read)}`);
  return read.frame;
}

test.each(Object.entries(cloudFrames))(
  'WP3: %s is read by a runner and written again byte for byte',
  (_name, text) => {
    expect(JSON.stringify(readByRunner(text))).toBe(text);
  },
);

test.each(Object.entries(runnerFrames))(
  'WP3: %s is read by the control plane and written again byte for byte',
  (_name, text) => {
    expect(JSON.stringify(readByCloud(text))).toBe(text);
  },
);

test.each([
  ...Object.values(cloudFrames).map((text) => [text, readByRunner] as const),
  ...Object.values(runnerFrames).map((text) => [text, readByCloud] as const),
])('WP1: fields that nobody knows are taken along: %#', (text, read) => {
  const grown = `${text.slice(0, -1)},"colour":{"n":12345678901234567890},"x":null}`;
  expect(read(grown)).toMatchObject({ ...(read(text) as object), x: null });
});

test('WP1: an unknown type is ignored by both sides, whatever else it holds', () => {
  const text = '{"type":"weather","protocol_version":7,"args":null}';
  expect([readCloudFrame(text), readRunnerFrame(text)]).toEqual([{ kind: 'ignored' }, { kind: 'ignored' }]);
});

test.each(['', '{', '[]', '"x"', '{"protocol_version":1}', '{"type":1}'])(
  '%j is answered or logged, and the session goes on',
  (text) => {
    expect(readCloudFrame(text).kind).toBe('bad');
    expect(readRunnerFrame(text).kind).toBe('malformed');
  },
);

test.each(['"protocol_version":2', '"protocol_version":"1"', '"x":1'])(
  'WP1: a known type with %s ends the session',
  (version) => {
    const swap = (text: string) => text.replace('"protocol_version":1', version);
    for (const text of Object.values(cloudFrames)) expect(readCloudFrame(swap(text)).kind).toBe('foreign');
    for (const text of Object.values(runnerFrames))
      expect(readRunnerFrame(swap(text))).toMatchObject({ kind: 'violation' });
  },
);

test.each(['9223372036854775808', '1.5', '-1', '0', '1e3', '"5"'])('a timeout of %s is none', (literal) => {
  expect(readCloudFrame(publishedRunAction.replace('5000000000', literal)).kind).toBe('bad');
});

test('WP3: any number of any argument keeps its text from the control plane to what is hashed on the host', () => {
  const literal = fc.oneof(
    fc.bigInt().map(String),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
    fc
      .tuple(fc.bigInt({ min: 0n }), fc.integer({ min: -400, max: 400 }))
      .map(([whole, exponent]) => `${whole}.0E${exponent}`),
  );
  fc.assert(
    fc.property(literal, (number) => {
      const text = publishedRunAction.replace('"args":{}', `"args":{"n":${number}}`);
      const read = readCloudFrame(text);
      expect(read).toMatchObject({ kind: 'frame', argsText: `{"n":${number}}` });
      expect(JSON.stringify(readByRunner(text))).toBe(text);
    }),
  );
});

test('what the control plane sends is the published run_action and cancel', () => {
  const run = {
    request_id: requestId,
    action_id: 'demo.ping',
    pack_id: 'demo',
    pack_version: '1.0.0',
    pack_hash: hash,
    operation_id: 'op_0A1B2C3D4E5F6G7H8J9K0M1N2P',
    args_text: '{}',
    opts: '{"timeout":5000000000}',
    reason: 'Smoke check.',
  };
  expect(runActionFrame(run)).toBe(publishedRunAction);
  expect(cancelFrame(requestId, 'changed my mind')).toBe(cloudFrames['cancel']);
});

test('what a runner sends is the published heartbeat, start, output and state', () => {
  expect(JSON.stringify(heartbeatFrame(Date.parse('2030-05-06T07:08:09.4Z'), 0))).toBe(
    runnerFrames['heartbeat'],
  );
  const outbox = new RunOutbox(requestId);
  outbox.started();
  outbox.output('stdout', 'pong\n');
  expect([outbox.take(), outbox.take()].map((frame) => JSON.stringify(frame))).toEqual([
    runnerFrames['action_started'],
    runnerFrames['action_progress'],
  ]);
  using folder = temporaryFolder('golden-');
  writePublishedPack(folder.path);
  const facts = {
    version: '0.20.1',
    hostname: 'web-01',
    group: 'web',
    labels: {},
    searchPath: process.env['PATH'] ?? '',
    signing: null,
    isAdmitted: () => true,
  };
  expect(JSON.stringify(describeRunner(facts, loadPacks([folder.path])))).toBe(publishedState);
});

test('WP3: a result keeps every digit in the dispatch log', () => {
  const frame = readByCloud(runnerFrames['action_result, everything'] ?? '');
  if (frame.type !== 'action_result') throw new Error('no result');
  const record = { requestId, digest: 'a'.repeat(64), state: 'completed', result: frame } as const;
  expect(JSON.stringify(decodeRecord(encodeRecord(record)).result)).toBe(
    runnerFrames['action_result, everything'],
  );
});

function writePublishedPack(folder: string): void {
  mkdirSync(join(folder, 'demo/actions'), { recursive: true });
  writeFileSync(join(folder, 'demo/pack.yaml'), demoManifest('1.0.0', ['actions/ping.yaml']));
  writeFileSync(join(folder, 'demo/actions/ping.yaml'), pingAction);
}
