// What control planes on one store tell one another beside the news of viewers: who shall look at which runner.
// It names ids; what there is to do is read from the store.

export type NodeHint =
  /** Something waits for this runner: whoever has its socket may hand it over. */
  | { topic: 'nodes'; type: 'runs_wait'; runnerId: string }
  | { topic: 'nodes'; type: 'run_cancel'; runnerId: string; runId: string }
  /** Somebody presents the identity of a runner whose session another node holds. */
  | { topic: 'nodes'; type: 'challenge'; runnerId: string; epoch: number; ask: string; address: string }
  | { topic: 'nodes'; type: 'answer'; ask: string; holds: boolean }
  | { topic: 'nodes'; type: 'conflict'; accountId: string; runnerId: string; addresses: string[] }
  /** Whose frames came in during the last second, with their loads. */
  | { topic: 'nodes'; type: 'heard'; beats: [runnerId: string, load: number][] }
  /** Chunks that were stored, from one number to another. */
  | { topic: 'nodes'; type: 'run_printed'; accountId: string; runId: string; from: number; to: number };
