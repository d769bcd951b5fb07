// Calls that make something, made once for each Idempotency-Key: the key is taken in the transaction of the effect,
// and the answer is kept in it too. So nothing happens twice and nothing is answered that did not happen, wherever
// the process dies; who asks again while the first call is under way waits for it.
// Secrets are kept nowhere, also not here: a repeated call that made some is told what it made and that they are gone.
import { createHash } from 'node:crypto';
import { withoutSecrets, holdsSecrets } from '../../protocol/api/secrets.ts';
import type { Route } from '../../protocol/api/route.ts';
import { Refusal } from '../../protocol/errors.ts';
import type { Clock } from '../clock.ts';
import type { WholeCalls } from '../database/whole-calls.ts';
import { repeat } from '../repeat.ts';
import type { Caller } from './bound-route.ts';
import * as store from './idempotency-store.ts';

const KEPT_MS = 24 * 3600_000;
const SWEEP_EVERY_MS = 3600_000;

export interface KeyedCall {
  caller: Caller;
  key: string;
  route: Route;
  /** Path and query as they came. */
  url: string;
  rawBody: string;
}

export interface Idempotency {
  /** The JSON of the first answer to this call. Refuses `idempotency_conflict`, `secrets_gone`. */
  once(asked: KeyedCall, answer: () => Promise<unknown>): Promise<{ text: string; isRepeated: boolean }>;
  start(): void;
  stop(): Promise<void>;
}

interface Parts {
  calls: WholeCalls;
  clock: Clock;
  report: (error: unknown, where: string) => void;
}

export function createIdempotency({ calls, clock, report }: Parts): Idempotency {
  const sweep = repeat(clock, {
    everyMs: SWEEP_EVERY_MS,
    work: () => calls.database.write((tx) => store.deleteKeysUntil(tx.sql, clock.now() - KEPT_MS)),
    failed: (error) => report(error, 'letting old idempotency keys go'),
  });
  return {
    once: (asked, answer) =>
      calls.asOne(async ({ sql }) => {
        const at = clock.now();
        const own = { memberId: asked.caller.memberId, key: asked.key };
        const digest = digestOf(asked);
        if (!(await store.claimKey(sql, { ...own, digest, at, keptSince: at - KEPT_MS }))) {
          const kept = await store.selectKey(sql, own);
          if (kept?.digest !== digest) throw new Refusal('idempotency_conflict');
          if (kept.holds_secrets === 1)
            throw new Refusal('secrets_gone', undefined, { made: JSON.parse(kept.answer) as unknown });
          return { text: kept.answer, isRepeated: true };
        }
        const answered = await answer();
        const text = JSON.stringify(answered);
        const isSecret = holdsSecrets(asked.route.output);
        await store.keepAnswer(sql, own, {
          answer: isSecret ? JSON.stringify(withoutSecrets(asked.route.output, answered)) : text,
          holds_secrets: isSecret ? 1 : 0,
        });
        return { text, isRepeated: false };
      }),
    start: sweep.start,
    stop: sweep.stop,
  };
}

// Who reaches something else than who asked first is answered nothing of what that one was told.
function digestOf({ caller, route, url, rawBody }: KeyedCall): string {
  const reach = JSON.stringify(caller.reach, (_key, value: unknown) =>
    value instanceof Set ? [...value].toSorted() : value,
  );
  return createHash('sha256')
    .update(JSON.stringify([route.method, url, rawBody, reach]))
    .digest('hex');
}
