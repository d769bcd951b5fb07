// What the news of other nodes means here: runners of theirs come and go, work waits for runners of ours, and
// viewers of this node are told as if it had happened here.
import type { NodeHint } from '../event-stream/node-hint.ts';
import type { Hint, LocalOutbox } from '../event-stream/outbox.ts';
import type { OutputChunk } from '../../protocol/api/runs.ts';
import type { Presence } from '../runners/presence.ts';
import type { SessionEnding } from '../runners/verbs.ts';
import type { RecordOfRunner, RemotePresence } from './remote-presence.ts';
import type { Rivals } from './rivals.ts';
import type { NewsHint } from './shared-outbox.ts';

/** The runners' sockets of this node. */
export interface OwnSockets {
  /** Ends the session, if there is one, with that shutdown reason. */
  end(runnerId: string, why: SessionEnding): void;
  /** A newer session than that of this node holds the runner. */
  supersede(runnerId: string, epoch: number): void;
  /** True when its holder of that epoch gives way to a newcomer, or there is none. */
  contest(runnerId: string, epoch: number, newcomerAddress: string): Promise<boolean>;
  sendAllAway(): void;
}

/** The runs' door, as far as other nodes have something to say to it. */
export interface RelayedRuns {
  /** Hands over what waits, where this node has the socket. */
  offerHere(runnerIds: readonly string[]): void;
  deliverCancel(runId: string): Promise<void>;
  /** The close of a session of another node was recorded then. */
  lostElsewhere(runnerId: string, closedAt: number): void;
  chunks(runId: string, from: number, to: number): Promise<OutputChunk[]>;
}

export interface RelayParts {
  /** Tells this node alone. */
  local: Pick<LocalOutbox, 'tell'>;
  /** Tells the others too. */
  answer(hint: NodeHint): Promise<void>;
  presence: Presence;
  remote: RemotePresence;
  rivals: Rivals;
  sockets: OwnSockets;
  runs: RelayedRuns;
  isWatched(accountId: string, runId: string): boolean;
  report(error: unknown, where: string): void;
}

/** Takes in what one transaction of another node had to tell. */
export async function relay(parts: RelayParts, hints: readonly NewsHint[]): Promise<void> {
  await syncRunners(parts, hints);
  const waitedFor = new Set<string>();
  for (const hint of hints) {
    if (hint.topic !== 'nodes') parts.local.tell(hint);
    else if (hint.type === 'runs_wait') waitedFor.add(hint.runnerId);
    else await take(parts, hint);
  }
  // A dispatch on thousands of runners is one offer, not thousands.
  if (waitedFor.size > 0) parts.runs.offerHere([...waitedFor]);
}

/** Before anybody is told: whoever reads the row then must find the runner as it is. */
async function syncRunners(parts: RelayParts, hints: readonly NewsHint[]): Promise<void> {
  const fleet = hints.filter((hint) => hint.topic === 'fleet' && hint.type !== 'runner.state_changed');
  const news = fleet as Extract<Hint, { topic: 'fleet' }>[];
  const records = await parts.remote.sync([...new Set(news.map(({ runnerId }) => runnerId))]);
  for (const record of records) settleRecord(parts, record);
  for (const { type, runnerId } of news) {
    if (type === 'runner.disabled' || type === 'runner.revoked') parts.sockets.end(runnerId, endingOf[type]);
  }
}

const endingOf = { 'runner.disabled': 'runner_disabled', 'runner.revoked': 'runner_revoked' } as const;

function settleRecord({ sockets, runs }: RelayParts, record: RecordOfRunner): void {
  if (record.connected === 1) sockets.supersede(record.id, record.epoch);
  else if (record.lastDisconnectedAt !== null) runs.lostElsewhere(record.id, record.lastDisconnectedAt);
}

async function take(parts: RelayParts, hint: Exclude<NodeHint, { type: 'runs_wait' }>): Promise<void> {
  const { presence, rivals, runs, sockets } = parts;
  switch (hint.type) {
    case 'run_cancel':
      return runs.deliverCancel(hint.runId);
    case 'answer':
      return rivals.answered(hint);
    case 'heard':
      return presence.heardElsewhere(hint.beats);
    case 'conflict':
      return void presence.noteConflict(hint, hint.addresses);
    case 'run_printed':
      return printed(parts, hint);
    case 'challenge': {
      const { ask, runnerId, epoch, address } = hint;
      if (presence.find(runnerId)?.isOurs !== true) return;
      // It takes seconds, and other news must not wait for it.
      sockets
        .contest(runnerId, epoch, address)
        .then((givesWay) => parts.answer({ topic: 'nodes', type: 'answer', ask, holds: !givesWay }))
        .catch((error: unknown) => parts.report(error, 'asking the holder of an identity'));
    }
  }
}

async function printed(
  { local, runs, isWatched }: RelayParts,
  { accountId, runId, from, to }: Extract<NodeHint, { type: 'run_printed' }>,
): Promise<void> {
  if (!isWatched(accountId, runId)) return;
  const chunks = await runs.chunks(runId, from, to);
  if (chunks.length > 0) local.tell({ topic: 'run', type: 'run.output', accountId, runId, chunks });
}
