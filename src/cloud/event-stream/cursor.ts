// Where a viewer is in a subscription, sealed: it tells its holder nothing and is good for this process only.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

export interface Position {
  accountId: string;
  memberId: string;
  /** What they might do then: with another role a topic may hold more, or less. */
  role: string;
  topic: string;
  /** Position in the account's ring after which events follow. */
  after: number;
  /** Number of the last event that this subscription was given. */
  seq: number;
  /** On a run's topic: chunks up to this one were in the snapshot. */
  chunksTo: number;
  /** When it was sealed. */
  at: number;
  /** Whether its viewer reached everything. */
  isFull: boolean;
}

export interface Cursors {
  seal(position: Position): string;
  /** Null for anything that this process did not seal. */
  open(cursor: string): Position | null;
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** AES-256-GCM under a fresh random key: positions count what happens outside one's scope, so none may leak. */
export function createCursors(): Cursors {
  const key = randomBytes(32);
  return {
    seal: (position) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      const body = Buffer.concat([cipher.update(encode(position)), cipher.final()]);
      return Buffer.concat([nonce, body, cipher.getAuthTag()]).toString('base64url');
    },
    open: (cursor) => {
      const bytes = Buffer.from(cursor, 'base64url');
      if (bytes.length <= NONCE_BYTES + TAG_BYTES) return null;
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES));
        decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
        const body = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
        return decode(Buffer.concat([body, decipher.final()]).toString());
      } catch {
        return null;
      }
    },
  };
}

// Numbers first and padded: their growing width must not show in the cursor's length.
function encode({ accountId, memberId, role, topic, after, seq, chunksTo, at, isFull }: Position): string {
  const numbers = [after, seq, chunksTo, at, isFull ? 1 : 0].map((number) =>
    String(number).padStart(16, '0'),
  );
  return [...numbers, accountId, memberId, role, topic].join(' ');
}

function decode(text: string): Position {
  const [after, seq, chunksTo, at, full, accountId = '', memberId = '', role = '', topic = ''] =
    text.split(' ');
  const numbers = { after: Number(after), seq: Number(seq), chunksTo: Number(chunksTo), at: Number(at) };
  return { ...numbers, isFull: Number(full) === 1, accountId, memberId, role, topic };
}
