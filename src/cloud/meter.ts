// What the busy parts count as they go. Words come from sets known beforehand: no id and no name becomes a label.

/** What one frame of a runner turned out to be. */
export type FrameKind =
  | 'runner_state'
  | 'action_started'
  | 'action_progress'
  | 'heartbeat'
  | 'error'
  | 'action_result'
  | 'ignored'
  | 'malformed'
  | 'violation';

/** From the dispatch until it was handed over, and from there until its runner said that it runs. */
export type DispatchStep = 'handed_over' | 'started';

export type NoticeChannel = 'webhook' | 'mail';
/** What became of one attempt to send a notice. */
export type NoticeOutcome = 'delivered' | 'tried' | 'given_up';

export interface Meter {
  frame(kind: FrameKind): void;
  dispatchStep(step: DispatchStep, ms: number): void;
  notice(channel: NoticeChannel, outcome: NoticeOutcome): void;
}

/** For who does not count. */
export const noMeter: Meter = { frame: () => {}, dispatchStep: () => {}, notice: () => {} };
