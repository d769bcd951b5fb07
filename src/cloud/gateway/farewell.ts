// The last frame of a session that this side ends for a reason the host is told, and the close after it.
import type { ShutdownReason } from '../../protocol/frames.ts';
import { PROTOCOL_VERSION } from '../../protocol/version.ts';
import type { SessionEnding } from '../runners/verbs.ts';
import type { RunnerSession } from './session.ts';

type Farewell = SessionEnding | 'cloud_shutdown' | 'runner_version_unsupported';

/** `record`: the word for the trail, where it is another one than the host's. */
const farewells: Record<Farewell & ShutdownReason, { message: string; code: number; record?: string }> = {
  runner_disabled: { message: 'This runner was disabled.', code: 1000 },
  runner_revoked: { message: 'The token of this runner was revoked.', code: 1008 },
  cloud_shutdown: {
    message: 'The control plane is stopping; please reconnect.',
    code: 1000,
    record: 'server_stopped',
  },
  runner_version_unsupported: {
    message: 'This version is not accepted any more; please install a newer one.',
    code: 1000,
    record: 'version_rejected',
  },
};

export function endWith(session: RunnerSession, why: Farewell): void {
  const { message, code, record = why } = farewells[why];
  const farewell = JSON.stringify({
    type: 'shutdown',
    protocol_version: PROTOCOL_VERSION,
    reason: why,
    message,
  });
  session.close({ code, reason: record, farewell });
}
