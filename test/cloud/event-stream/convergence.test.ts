// A viewer that loses its link at any moment and resumes from any cursor it had ends where a fresh one begins.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Snapshot, StreamEvent, StreamReply } from '../../../src/protocol/events.ts';
import {
  SCOPE,
  caller,
  descriptor,
  HASH_A,
  HASH_B,
  progressFrame,
  resultFrame,
  startFleet,
  type Fleet,
} from '../runs/fleet.ts';
import { serveStream, type StreamClient, type StreamServer } from './stream-client.ts';

const steps = [
  'dispatch',
  'ask',
  'approve',
  'deny',
  'revoke',
  'print',
  'finish',
  'cancel',
  'drift',
  'trust',
  'delete',
  'cut',
  'cut back',
] as const;
const actions = [descriptor('demo.ping'), descriptor('demo.restart', { risk: 'high' })];
type Step = (typeof steps)[number];
type Rows = Map<string, unknown>;

/** What a console keeps: rows by id; output by number, so that a repeat changes nothing. */
function apply(rows: Rows, event: StreamEvent): void {
  if (event.type === 'run.output')
    for (const chunk of event.chunks) rows.set(`chunk ${chunk.seq}`, chunk.chunk);
  else if (event.type === 'runner.deleted') rows.delete(event.runner_id);
  else if (event.type === 'pack_version.deleted') rows.delete(event.pack_version_id);
  else if ('runner' in event) rows.set(event.runner.id, event.runner);
  else if ('run' in event) rows.set(event.run.id, event.run);
  else if ('approval' in event) rows.set(event.approval.id, event.approval);
  else if ('grant' in event) {
    if (event.grant.state === 'active') rows.set(event.grant.id, event.grant);
    else rows.delete(event.grant.id);
  } else if ('badges' in event) rows.set('badges', event.badges);
  else if ('pack_version' in event) rows.set(event.pack_version.id, event.pack_version);
}

function rowsOf(snapshot: Snapshot): Rows {
  if (snapshot.topic === 'fleet') return new Map(snapshot.runners.map((runner) => [runner.id, runner]));
  if (snapshot.topic === 'packs')
    return new Map(snapshot.pack_versions.map((version) => [version.id, version]));
  if (snapshot.topic === 'runs') return new Map(snapshot.runs.map((run) => [run.id, run]));
  if (snapshot.topic === 'approvals')
    return new Map(snapshot.approvals.map((approval) => [approval.id, approval]));
  if (snapshot.topic === 'grants') return new Map(snapshot.grants.map((grant) => [grant.id, grant]));
  if (snapshot.topic === 'badges') return new Map([['badges', snapshot.badges]]);
  if (snapshot.topic !== 'run') throw new Error(`nobody follows ${snapshot.topic}`);
  return new Map<string, unknown>([
    [snapshot.run.id, snapshot.run],
    ...snapshot.chunks.map((chunk) => [`chunk ${chunk.seq}`, chunk.chunk] as const),
  ]);
}

/** One topic followed over many connections. */
class Follower {
  rows: Rows = new Map();
  cursors: string[] = [];
  #client: StreamClient | null = null;
  readonly #server: StreamServer;
  readonly topic: string;

  constructor(server: StreamServer, topic: string) {
    this.#server = server;
    this.topic = topic;
  }

  async connect(cursor?: string): Promise<void> {
    this.#client?.socket.terminate();
    const client = await this.#server.connect();
    this.#client = client;
    client.socket.on('message', (data) => {
      if (this.#client === client) this.#take(JSON.parse(String(data)) as StreamReply);
    });
    client.send({ type: 'subscribe', id: 1, topic: this.topic, ...(cursor !== undefined && { cursor }) });
    await client.until(cursor === undefined ? 'snapshot' : 'resumed');
  }

  close(): void {
    this.#client?.socket.terminate();
    this.#client = null;
  }

  #take(reply: StreamReply): void {
    if (reply.type === 'snapshot') this.rows = rowsOf(reply.snapshot);
    if (reply.type === 'event') apply(this.rows, reply.event);
    if ('cursor' in reply) this.cursors.push(reply.cursor);
  }
}

async function take(fleet: Fleet, step: Step, requestIds: string[], seq: number): Promise<void> {
  const socket = fleet.sockets.get('rnr_web-1');
  const requestId = requestIds.at(-1) ?? '';
  if (!socket) throw new Error('the runner is gone');
  if (step === 'dispatch') {
    await fleet.dispatch({ runners: ['web-1'] });
    requestIds.push(
      String(socket.frames().findLast((frame) => frame['type'] === 'run_action')?.['request_id']),
    );
  } else if (step === 'ask') await fleet.dispatch({ runners: ['web-1'], action_id: 'demo.restart' });
  else if (step === 'approve' || step === 'deny') await decideLatest(fleet, step);
  else if (step === 'revoke') await fleet.grants.revokeAll(caller(), false);
  else if (step === 'print') fleet.runs.progress(socket, progressFrame(requestIds[0] ?? '', seq));
  else if (step === 'finish') await fleet.runs.result(socket, resultFrame(requestId));
  else if (step === 'drift')
    await fleet.advertise('rnr_web-1', { hash: seq % 2 === 0 ? HASH_A : HASH_B, actions });
  else if (step === 'delete')
    await fleet.packs.remove({ ...SCOPE, reference: 'demo@1.0.0', actor: caller().actor });
  else if (step === 'trust') {
    const { pending_hash: expectedHash } = await fleet.packs.detail(SCOPE, 'demo@1.0.0');
    const decide = { ...SCOPE, reference: 'demo@1.0.0', actor: caller().actor };
    // Bytes that nobody carries any more cannot be trusted.
    if (expectedHash !== null) await fleet.packs.trust({ ...decide, expectedHash }).catch(() => {});
  } else {
    const [run] = await fleet.runs.rows(SCOPE, null, 1);
    const asked = { ...SCOPE, runId: run?.id ?? '', reason: undefined, actor: caller().actor };
    await fleet.runs.cancel(asked).catch(() => {});
  }
}

/** Each approval leaves a standing grant, so that some of what is asked later goes out by it. */
async function decideLatest(fleet: Fleet, vote: 'approve' | 'deny'): Promise<void> {
  const { items } = await fleet.approvals.list(SCOPE, { status: 'pending', limit: 1 });
  const id = items[0]?.id;
  if (id === undefined) return;
  const scope = { args: 'exact' as const, runner: 'this' as const };
  const wish = { duration: '1h' as const, scope, maxUses: 2 };
  // Bytes or trust may have moved since it was asked for.
  if (vote === 'deny') await fleet.approvals.deny(caller(), id, undefined);
  else await fleet.approvals.approve(caller(), id, undefined, wish).catch(() => {});
}

async function follow(path: readonly Step[]): Promise<void> {
  const fleet = await startFleet();
  const server = await serveStream(fleet);
  await fleet.ready('web-1', actions);
  const requestIds: string[] = [];
  await take(fleet, 'dispatch', requestIds, 0);
  const [run] = await fleet.runs.rows(SCOPE, null, 1);
  const topics = ['fleet', 'packs', 'runs', 'approvals', 'grants', 'badges', `run:${run?.id}`];
  const followers = topics.map((topic) => new Follower(server, topic));
  for (const follower of followers) await follower.connect();
  for (const [index, step] of path.entries()) {
    if (step === 'cut') for (const follower of followers) await follower.connect(follower.cursors.at(-1));
    else if (step === 'cut back')
      for (const follower of followers) await follower.connect(follower.cursors[0]);
    else await take(fleet, step, requestIds, index + 1);
  }
  for (const follower of followers) {
    const fresh = async () => {
      const other = new Follower(server, follower.topic);
      await other.connect();
      other.close();
      return other.rows;
    };
    const missing = async () => {
      // Counts of output are told once a second.
      await fleet.clock.advance(1_000);
      return differences(follower.rows, await fresh());
    };
    await expect.poll(missing, { timeout: 5_000 }).toEqual([]);
    follower.close();
  }
  await server.close();
  await fleet.close();
}

/** What is not the same in both, as `id: kept | fresh`. */
function differences(kept: Rows, fresh: Rows): string[] {
  return [...new Set([...kept.keys(), ...fresh.keys()])]
    .map((id) => [id, JSON.stringify(kept.get(id)), JSON.stringify(fresh.get(id))])
    .filter(([, mine, theirs]) => mine !== theirs)
    .map(([id, mine, theirs]) => `${id}: ${mine} | ${theirs}`);
}

test('ST2: whatever happens and however often the link is cut, following ends in the state of a fresh snapshot', async () => {
  const paths = fc.array(fc.constantFrom(...steps), { minLength: 3, maxLength: 18 });
  await fc.assert(fc.asyncProperty(paths, follow), { numRuns: 25, endOnFailure: true });
}, 60_000);
