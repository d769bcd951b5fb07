// One text for each message of the wire (wire protocol 6 and 7), as another build would send it. Fields stand
// in the published order; numbers beyond 2^53 keep every digit.

const request = '"protocol_version":1,"request_id":"req_Zk3v9Qm1TtB7yXw0aLc5Rg"';
const hash = 'sha256:38d83569da0265c982a6bc158d9a9397c3165e0ffce373c3a4a461714fa7b4dc';
const big = '9223372036854775807';

const attestation =
  '{"version":"emisar-attestation-v5","tool":"run_action","portal_origin":"https://cp.example.test","action_id":"demo.ping",' +
  `"pack_ref":"demo@1.0.0/${hash}","args_sha256":"${'a'.repeat(64)}","runner_refs":["web-1~${'a'.repeat(32)}"],` +
  `"reason":"Load \\u003c5","evidence_sha256":"${'b'.repeat(64)}","expected_sha256":"${'c'.repeat(64)}","operation_id":"op_1",` +
  `"sig":"${'d'.repeat(128)}","nonce":"${'0f'.repeat(16)}","issued_at":"2030-01-02T03:04:05Z","cert":{"ca_id":"ca","key_id":"op",` +
  `"public_key":"${'e'.repeat(64)}","valid_from":"2030-01-01T00:00:00Z","valid_until":"2030-02-01T00:00:00Z",` +
  `"scope":{"group":"web","labels":{"env":"prod"}},"serial":"01","sig":"${'f'.repeat(128)}"}}`;

/** The published example. */
export const publishedRunAction =
  `{"type":"run_action",${request},"action_id":"demo.ping","expected_pack_hash":"${hash}",` +
  `"pack_ref":"demo@1.0.0/${hash}","operation_id":"op_0A1B2C3D4E5F6G7H8J9K0M1N2P","args":{},"opts":{"timeout":5000000000},` +
  '"reason":"Smoke check."}';

export const cloudFrames: Readonly<Record<string, string>> = {
  run_action: publishedRunAction,
  'run_action, least': `{"type":"run_action",${request},"action_id":"demo.ping","args":{},"reason":"x"}`,
  'run_action, numbers': `{"type":"run_action",${request},"action_id":"demo.ping","expected_pack_hash":"${hash}","args":{"big":12345678901234567890,"deep":[{"n":-9007199254740993}],"e":1e400,"one":1.0,"small":0.1000000000000000055},"opts":{"timeout":${big},"max_stdout_bytes":9007199254740993,"max_stderr_bytes":1},"reason":"x"}`,
  'run_action, signed': `{"type":"run_action",${request},"action_id":"demo.ping","expected_pack_hash":"${hash}","pack_ref":"demo@1.0.0/${hash}","operation_id":"op_1","args":{"t":"é\\n"},"reason":"Load <5","attestation":${attestation.replace('\\u003c', '<')}}`,
  'run_action, absent parts as null': `{"type":"run_action",${request},"action_id":"demo.ping","args":{},"opts":null,"reason":"x","attestation":null}`,
  cancel: `{"type":"cancel",${request},"reason":"changed my mind"}`,
  'cancel, without a reason': `{"type":"cancel",${request},"reason":null}`,
  ack_result: `{"type":"ack_result",${request}}`,
  'error, bad_envelope':
    '{"type":"error","protocol_version":1,"code":"bad_envelope","message":"The frame could not be read."}',
  'error, finalize_failed': `{"type":"error",${request},"code":"finalize_failed","message":"The result could not be stored."}`,
  shutdown:
    '{"type":"shutdown","protocol_version":1,"reason":"cloud_shutdown","message":"Restarting, please reconnect."}',
};

/** The published example, of the published pack. */
export const publishedState =
  '{"type":"runner_state","protocol_version":1,"version":"0.20.1","hostname":"web-01","group":"web","packs":{"demo":{"version":"1.0.0",' +
  `"hash":"${hash}"}},"actions":[{"id":"demo.ping","title":"Ping","summary":"Says pong.","description":"Says pong.","kind":"exec",` +
  '"risk":"low","side_effects":[],"args":[],"examples":[],"search_terms":[],"pack_id":"demo","primary_executable_available":true,' +
  '"limits":{"default_timeout":5000000000},"output":{"max_stdout_bytes":1024,"max_stderr_bytes":1024}}]}';

export const runnerFrames: Readonly<Record<string, string>> = {
  runner_state: publishedState,
  'runner_state, no packs':
    '{"type":"runner_state","protocol_version":1,"version":"dev","group":"web","actions":null}',
  'runner_state, everything':
    '{"type":"runner_state","protocol_version":1,"version":"0.20.1","hostname":"web-01","group":"web","labels":{"env":"prod"},' +
    `"packs":{"demo":{"version":"1.0.0","hash":"${hash}"}},"actions":[{"id":"demo.set","args":[{"name":"n","type":"integer",` +
    `"required":false,"default":${big},"validation":{"min":-9223372036854775808,"max":${big}}}]}],"enforce_signatures":true,` +
    '"signing_ca_ids":["ca-a","ca-b"],"max_attestation_age_seconds":2147483647,"degraded_packs":[{"pack":"broken","reason":"pack.yaml: …"}]}',
  action_started: `{"type":"action_started",${request}}`,
  action_progress: `{"type":"action_progress",${request},"seq":1,"stream":"stdout","chunk":"pong\\n"}`,
  'action_progress, last possible': `{"type":"action_progress",${request},"seq":2147483647,"stream":"stderr","chunk":"\\u0000\\u001b[31m é 😀 \\\\ \\"q\\""}`,
  heartbeat: '{"type":"heartbeat","protocol_version":1,"time":"2030-05-06T07:08:09Z","action_load":0}',
  error: `{"type":"error",${request},"code":"concurrency_cap_reached","message":"runner at concurrency cap (8 in flight)"}`,
  action_result: `{"type":"action_result",${request},"status":"success","exit_code":0,"duration_ms":7,"emitted_stdout_sha256":"9f6d8d2b${'0'.repeat(56)}","emitted_stderr_sha256":"e3b0c442${'0'.repeat(56)}","emitted_stdout_bytes":5,"emitted_stderr_bytes":0,"progress_chunks":1,"event_id":"evt_0000000000000000000000001A","executed_command":"echo pong"}`,
  'action_result, everything': `{"type":"action_result",${request},"status":"timed_out","exit_code":-1,"duration_ms":${big},"timed_out":true,"emitted_stdout_sha256":"${'0'.repeat(64)}","emitted_stderr_sha256":"${'1'.repeat(64)}","emitted_stdout_bytes":${big},"emitted_stderr_bytes":9007199254740993,"progress_chunks":2048,"dropped_progress_chunks":3,"truncated_stdout":true,"truncated_stderr":true,"redactions":[{"name":"aws-key","type":"regex","count":2}],"reason":"execution timed out","error":"took too long","structured_output":{"big":12345678901234567890,"one":1.0},"local_audit_failed":true,"executed_command":"sleep 9","executed_command_truncated":true}`,
  'action_result, refused': `{"type":"action_result",${request},"status":"pack_hash_mismatch","exit_code":-1,"duration_ms":0,"emitted_stdout_bytes":0,"emitted_stderr_bytes":0,"progress_chunks":0,"reason":"pack_hash_mismatch","error":"the pack changed","event_id":"evt_1"}`,
};
