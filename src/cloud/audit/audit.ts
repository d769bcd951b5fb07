// The audit trail: every mutation writes its event in the same transaction, or does not happen. Each event
// carries the hash of the one before it; reading the trail is reads.ts, proving it verify.ts.
import { createId, type RandomBytes } from '../../protocol/ids.ts';
import type { Clock } from '../clock.ts';
import type { Tx } from '../database/database.ts';
import type { Outbox } from '../event-stream/outbox.ts';
import { chainOn } from './chain.ts';

/** Who did it: a member by one of their tokens, a runner, or the system itself. */
export interface Actor {
  kind: 'member' | 'runner' | 'system';
  id: string | null;
  label: string;
  tokenId: string | null;
  ipAddress: string | null;
}

export const systemActor: Actor = {
  kind: 'system',
  id: null,
  label: 'system',
  tokenId: null,
  ipAddress: null,
};

export interface AuditTarget {
  kind: string;
  id: string;
  label: string;
  /** The runner or the pack that it belongs to: who does not reach it does not see the event. */
  runnerId?: string;
  packId?: string;
}

export interface AuditEntry {
  accountId: string;
  actor: Actor;
  /** Dotted or snake name of operator model A15, such as `runner.disabled`. */
  event: string;
  target?: AuditTarget;
  requestId?: string;
  /** Ids, names, before and after; never a secret, never output. */
  payload?: Record<string, unknown>;
}

export interface Audit {
  record(tx: Tx, entry: AuditEntry): Promise<void>;
}

export function createAudit({
  clock,
  random,
  outbox,
}: {
  clock: Clock;
  random: RandomBytes;
  outbox: Pick<Outbox, 'add'>;
}): Audit {
  return {
    record: async (tx, { accountId, actor, event, target, requestId, payload }) => {
      const id = createId('audit_event', random);
      await chainOn(tx, {
        id,
        account_id: accountId,
        occurred_at: clock.now(),
        event_type: event,
        actor_kind: actor.kind,
        actor_id: actor.id,
        actor_label: actor.label,
        token_id: actor.tokenId,
        ip_address: actor.ipAddress,
        target_kind: target?.kind ?? null,
        target_id: target?.id ?? null,
        target_label: target?.label ?? null,
        request_id: requestId ?? null,
        runner_id: target?.runnerId ?? (target?.kind === 'runner' ? target.id : null),
        pack_id: target?.packId ?? null,
        payload: JSON.stringify(payload ?? {}),
      });
      outbox.add(tx, { topic: 'audit', type: 'audit.event', accountId, eventId: id, eventType: event });
    },
  };
}
