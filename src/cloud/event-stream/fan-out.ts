// From hints to viewers: one stream of news an account, kept from its first viewer on, and a beat a second.
import type { Clock } from '../clock.ts';
import { createAccountStream, type AccountStream } from './account-stream.ts';
import type { StreamLoaders } from './loaders.ts';
import type { Hint } from './outbox.ts';

export interface FanOut {
  account(accountId: string): AccountStream;
  /** Whether somebody looks at the run, or could come back to it. */
  isWatched(accountId: string, runId: string): boolean;
  start(): void;
  stop(): Promise<void>;
}

const TICK_MS = 1_000;

export interface FanOutParts {
  outbox: { listen(listener: (hint: Hint) => void): () => void };
  clock: Clock;
  loaders: StreamLoaders;
  report: (error: unknown, where: string) => void;
  /** Called once a second, before heartbeats go out. */
  onTick: () => void;
}

export function createFanOut({ outbox, clock, loaders, report, onTick }: FanOutParts): FanOut {
  const accounts = new Map<string, AccountStream>();
  let stopListening: (() => void) | null = null;
  let callOff: (() => void) | null = null;
  let ticking: Promise<unknown> = Promise.resolve();

  function tick(): void {
    onTick();
    const told = [...accounts.values()].map((account) =>
      account.tick().catch((error: unknown) => report(error, 'telling heartbeats')),
    );
    ticking = Promise.allSettled(told);
    callOff = clock.after(TICK_MS, tick);
  }

  return {
    account: (accountId) => {
      const known = accounts.get(accountId);
      if (known) return known;
      const fresh = createAccountStream({ accountId, clock, loaders, report });
      accounts.set(accountId, fresh);
      return fresh;
    },
    isWatched: (accountId, runId) => accounts.get(accountId)?.isWatched(runId) ?? false,
    start: () => {
      stopListening = outbox.listen((hint) => {
        if (hint.topic !== 'nodes') accounts.get(hint.accountId)?.take(hint);
      });
      callOff = clock.after(TICK_MS, tick);
    },
    stop: async () => {
      stopListening?.();
      callOff?.();
      await ticking;
      for (const account of accounts.values()) await account.settled();
    },
  };
}
