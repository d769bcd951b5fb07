// The three events of the published vectors, and small ones for everything else.
import type { JournalEvent } from '../../../src/runner/journal/event.ts';

const pong = '156162005fe88bcb9bed17fca0dc7cc9025751837006ede82a4c1728dffc83a0';
const noArgs = '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a';
const shared = {
  group: 'web',
  runner_id: 'web-01',
  caller: {},
  pack_id: 'demo',
  action_id: 'demo.ping',
  request: { args_sha256: noArgs, reason: 'smoke' },
  metadata: { kind: 'exec', risk: 'low' },
} as const;

export const vectorEvents: readonly JournalEvent[] = [
  {
    event_id: 'evt_00000000000000000000000001',
    time: '2030-01-02T03:04:05Z',
    event_type: 'dispatch_refused',
    group: 'web',
    runner_id: 'web-01',
    caller: { control_plane_request_id: 'req_Zk3v9Qm1TtB7yXw0aLc5Rg' },
    action_id: 'demo.ping',
    request: { reason: 'Load <5 & rising' },
    error: 'concurrency cap',
  },
  {
    event_id: 'evt_00000000000000000000000002',
    time: '2030-01-02T03:04:06.5Z',
    event_type: 'execution_started',
    ...shared,
    execution: {
      binary: 'echo',
      argv: ['pong'],
      argv_sha256: pong,
      cwd: '/',
      timeout: '5s',
      exit_code: 0,
      duration_ms: 0,
      timed_out: false,
      stdout_bytes: 0,
      stderr_bytes: 0,
      executed_command: 'echo pong',
    },
  },
  {
    event_id: 'evt_00000000000000000000000003',
    time: '2030-01-02T03:04:06.507Z',
    event_type: 'execution_completed',
    ...shared,
    execution: {
      binary: 'echo',
      argv: ['pong'],
      argv_sha256: pong,
      cwd: '/',
      env_keys: ['PATH'],
      timeout: '5s',
      exit_code: 0,
      duration_ms: 7,
      timed_out: false,
      stdout_sha256: '5a6a28fc1600ea141d7b39125822c1d51fb166abe5628e7fc1f99a9b02f5d52c',
      stderr_sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      stdout_preview: 'pong\n',
      stdout_bytes: 5,
      stderr_bytes: 0,
      executed_command: 'echo pong',
    },
  },
];

export function smallEvent(index: number): JournalEvent {
  return {
    event_id: `evt_${String(index).padStart(26, '0')}`,
    time: '2030-01-02T03:04:05Z',
    event_type: 'dispatch_refused',
    group: 'web',
    runner_id: 'web-01',
    caller: {},
    error: `event ${index}`,
  };
}
