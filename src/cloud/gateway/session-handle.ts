// A runner's live session as the runs see it: whose it is, and a way to hand it a frame.

export interface SessionHandle {
  readonly accountId: string;
  readonly runnerId: string;
  readonly runnerName: string;
  /** Raised by each session of the runner; effects of an older one are dropped (SPEC SE1). */
  readonly epoch: number;
  /** The host takes only signed runs, as its last runner_state said. */
  readonly signedOnly: boolean;
  /** Hands over one text frame; false when the session is closed or its peer does not keep up. */
  send(frameText: string): boolean;
}
