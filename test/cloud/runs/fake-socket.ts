// A runner's session that keeps what it was sent, for tests of runs without a socket.
import type { SessionHandle } from '../../../src/cloud/gateway/session-handle.ts';

export interface FakeSocket extends SessionHandle {
  signedOnly: boolean;
  readonly sent: string[];
  /** Frames so far, parsed. */
  frames(): Record<string, unknown>[];
  closed: boolean;
}

export function fakeSocket(runnerId: string, epoch: number): FakeSocket {
  const sent: string[] = [];
  const socket: FakeSocket = {
    accountId: 'acc_1',
    runnerId,
    runnerName: runnerId.slice(4),
    epoch,
    signedOnly: false,
    sent,
    closed: false,
    frames: () => sent.map((text) => JSON.parse(text) as Record<string, unknown>),
    send: (text) => {
      if (socket.closed) return false;
      sent.push(text);
      return true;
    },
  };
  return socket;
}
