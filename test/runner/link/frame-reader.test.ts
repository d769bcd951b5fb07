// Frames from the control plane are read strictly where a loose reader could be made to see another dispatch.
import { expect, test } from 'vitest';
import { readCloudFrame } from '../../../src/runner/link/frame-reader.ts';

const run = (members: string) =>
  `{"type":"run_action","protocol_version":1,"request_id":"req_a","action_id":"demo.ping","reason":"x",${members}}`;

test('the arguments are kept byte for byte, wherever they stand', () => {
  expect(
    readCloudFrame(run('"args": {"n": 12345678901234567890, "t":"\\u003c" } ,"opts":null')),
  ).toMatchObject({
    kind: 'frame',
    argsText: '{"n": 12345678901234567890, "t":"\\u003c" }',
  });
  expect(readCloudFrame(run('"opts":{"args":{"a":1}},"args":{}'))).toMatchObject({ argsText: '{}' });
  expect(readCloudFrame(run('"\\u0061rgs":{"a":2}'))).toMatchObject({ argsText: '{"a":2}' });
});

test.each([
  ['a duplicate key', run('"args":{},"args":{"a":1}')],
  ['a duplicate key inside', run('"args":{"a":1,"a":2}')],
  ['half of a surrogate pair', run('"args":{"a":"\\ud800"}')],
  ['65 levels', run(`"args":{"a":${'['.repeat(63)}${']'.repeat(63)}}`)],
  ['no args', run('"opts":{}')],
  ['args null', run('"args":null')],
  ['args over 32 KiB', run(`"args":{"a":"${'x'.repeat(32_769)}"}`)],
  ['args over 32 KiB by blanks', run(`"args":{${' '.repeat(32_769)}}`)],
  ['an attestation over 8 KiB', run(`"args":{},"attestation":{"a":"${'x'.repeat(8_192)}"}`)],
  ['a field that differs in case', run('"args":{},"Action_ID":"demo.other"')],
  ['one in opts', run('"args":{},"opts":{"Timeout":5}')],
  ['one in the attestation', run('"args":{},"attestation":{"SIG":"x"}')],
  ['one in the certificate', run('"args":{},"attestation":{"cert":{"CA_ID":"x"}}')],
  ['one in its scope', run('"args":{},"attestation":{"cert":{"scope":{"Group":"x"}}}')],
  ['a timeout of 0', run('"args":{},"opts":{"timeout":0}')],
])('dropped: %s', (_what, text) => {
  expect(readCloudFrame(text)).toMatchObject({ kind: 'bad' });
});

test.each([
  ['64 levels', run(`"args":{"a":${'['.repeat(62)}${']'.repeat(62)}}`)],
  ['an unknown field', run('"args":{},"colour":"red"')],
  ['empty and absent options', run('"args":{},"opts":{}')],
  ['32 KiB of args', run(`"args":{"a":"${'x'.repeat(32_768 - 8)}"}`)],
])('taken: %s', (_what, text) => {
  expect(readCloudFrame(text)).toMatchObject({ kind: 'frame' });
});
