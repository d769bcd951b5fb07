// What a transaction has to tell viewers, told after its commit. Hints carry ids and the kind of news;
// rows are read afresh by the fan-out, so that a burst about one runner costs one read.
import type { Tx } from '../database/database.ts';
import type { OutputChunk } from '../../protocol/api/runs.ts';
import type { NodeHint } from './node-hint.ts';

export type Hint =
  | {
      topic: 'fleet';
      type:
        | 'runner.registered'
        | 'runner.connected'
        | 'runner.disconnected'
        | 'runner.state_changed'
        | 'runner.disabled'
        | 'runner.enabled'
        | 'runner.revoked'
        | 'runner.deleted';
      accountId: string;
      runnerId: string;
    }
  | { topic: 'packs'; type: 'pack_version.changed'; accountId: string; packVersionId: string }
  | { topic: 'enrollment_keys'; type: 'enrollment_key.changed'; accountId: string; keyId: string }
  | {
      topic: 'runs';
      type: 'run.created' | 'run.updated' | 'run.finished';
      accountId: string;
      runId: string;
      runnerId: string;
    }
  /** The one hint with a payload: chunks just stored, so that a line reaches the screen without a read. */
  | { topic: 'run'; type: 'run.output'; accountId: string; runId: string; chunks: OutputChunk[] }
  | {
      topic: 'approvals';
      type: `approval.${'requested' | 'voted' | 'approved' | 'denied' | 'expired' | 'cancelled'}`;
      accountId: string;
      approvalId: string;
    }
  | {
      topic: 'grants';
      type: 'grant.created' | 'grant.used' | 'grant.revoked';
      accountId: string;
      grantId: string;
    }
  | { topic: 'audit'; type: 'audit.event'; accountId: string; eventId: string; eventType: string }
  /** With `member.access_changed`, of role or reach, the streams of the member begin anew. */
  | {
      topic: 'team';
      type:
        | 'member.updated'
        | 'member.access_changed'
        | 'member.removed'
        | 'invitation.sent'
        | 'invitation.accepted';
      accountId: string;
      memberId: string;
    }
  /** With `token.revoked` the streams of the token close at once. */
  | {
      topic: 'keys';
      type: 'token.minted' | 'token.used' | 'token.revoked';
      accountId: string;
      tokenId: string;
    }
  | {
      topic: 'policy';
      type: 'policy.updated';
      accountId: string;
      kind: 'account' | 'group' | 'runner';
      /** Empty for the account. */
      ref: string;
    }
  | NodeHint;

export interface Outbox {
  /** Tells it once `tx` is committed. */
  add(tx: Tx, hint: Hint): void;
  /** Tells it now, for news that is in no transaction (a badge that turned stale). */
  tell(hint: Hint): void;
}

export interface LocalOutbox extends Outbox {
  /** Each hint, in order; the returned function ends it. */
  listen(listener: (hint: Hint) => void): () => void;
}

/** An outbox that hands each hint to every listener, in order. */
export function createOutbox(): LocalOutbox {
  const listeners = new Set<(hint: Hint) => void>();
  const tell = (hint: Hint) => {
    for (const listener of listeners) listener(hint);
  };
  return {
    tell,
    add: (tx, hint) => tx.afterCommit(() => tell(hint)),
    listen: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
