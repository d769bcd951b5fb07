// One connected console: its requests in order, its subscriptions, and the bytes that wait for it.
import type { WebSocket } from 'ws';
import type { RefusalCode } from '../../protocol/errors.ts';
import {
  RESUME_WITHIN_MS,
  STREAM_CLOSE_GOING_AWAY,
  type StreamRequest,
  type Snapshot,
  type StreamEvent,
  type StreamReply,
} from '../../protocol/events.ts';
import { may } from '../../protocol/permission.ts';
import { reachesAll } from '../../protocol/scope.ts';
import { instant, type Clock } from '../clock.ts';
import type { Caller } from '../http/bound-route.ts';
import { movesBadges, type AccountStream } from './account-stream.ts';
import type { Cursors, Position } from './cursor.ts';
import { maySee } from './event-permission.ts';
import type { StreamLoaders } from './loaders.ts';
import type { RingEvent } from './ring.ts';
import { readRequest } from './request.ts';
import { createReachFilter, type ReachFilter } from './reach-filter.ts';
import { lastChunkOf, permissionOfTopic, runOfTopic, takeSnapshot } from './snapshot.ts';
import {
  createSubscription,
  type Subscription,
  type SubscriptionStart,
  type ViewerSocket,
} from './subscription.ts';

const CLOSE_BAD_FRAME = 1008;
const CLOSE_BROKEN = 1011;
const MAX_SUBSCRIPTIONS = 64;
const MAX_REQUESTS_WAITING = 256;

export interface Viewer {
  readonly caller: Caller;
  /** Keeps the runs it looks at watched. */
  tick(): void;
  close(code: number, reason: string): void;
  /** Ends it because its role or reach moved: a page that is open must not go on with what was. */
  beginAnew(): void;
  /** Resolves when nothing is read for it any more. */
  settled(): Promise<void>;
}

export interface ViewerParts {
  socket: WebSocket;
  caller: Caller;
  account: AccountStream;
  cursors: Cursors;
  loaders: StreamLoaders;
  clock: Clock;
  version: string;
  report: (error: unknown, where: string) => void;
  onClosed: (viewer: Viewer) => void;
}

type Subscribe = Extract<StreamRequest, { type: 'subscribe' }>;

/** Greets the socket and serves it until it closes. */
export function createViewer(parts: ViewerParts): Viewer {
  return new SocketViewer(parts);
}

class SocketViewer implements Viewer, ViewerSocket {
  readonly caller: Caller;
  readonly #parts: ViewerParts;
  readonly #socket: WebSocket;
  readonly #subscriptions = new Map<number, Subscription>();
  readonly #stopListening: () => void;
  /** Null for who reaches everything: nothing is looked at twice for them. */
  readonly #filter: ReachFilter | null;
  #telling: Promise<void> = Promise.resolve();
  #badgesAreDue = false;
  #lastBadges = '';
  #requests: Promise<void> = Promise.resolve();
  #requestsWaiting = 0;
  #snapshotBytes = 0;

  constructor(parts: ViewerParts) {
    this.#parts = parts;
    this.caller = parts.caller;
    this.#socket = parts.socket;
    this.#filter = reachesAll(parts.caller.reach) ? null : createReachFilter(parts.caller.reach);
    this.#stopListening = parts.account.listen((entry) => this.#hear(entry));
    this.#socket.on('message', (data, isBinary) => this.#read(isBinary ? null : String(data)));
    this.#socket.on('error', () => this.#socket.terminate());
    this.#socket.on('close', () => {
      this.#leave();
      parts.onClosed(this);
    });
    this.#reply({ type: 'hello', product: 'emisar-cloud', version: parts.version });
  }

  tick(): void {
    for (const { runId } of this.#subscriptions.values()) {
      if (runId !== null) this.#parts.account.watchRun(runId);
    }
    this.#recoverAll();
    if (this.#filter !== null) this.#tellBadges();
  }

  close(code: number, reason: string): void {
    // From this moment on it is told nothing more, even if its side of the closing takes long.
    this.#leave();
    this.#socket.close(code, reason);
  }

  beginAnew(): void {
    for (const id of this.#subscriptions.keys())
      this.#reply({ type: 'unsubscribed', id, reason: 'authority_changed' });
    this.close(STREAM_CLOSE_GOING_AWAY, 'your role or access changed');
  }

  async settled(): Promise<void> {
    await Promise.all([this.#telling, this.#requests]);
  }

  send(text: string): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(text, () => this.#recoverAll());
  }

  waitingBytes(): number {
    return this.#socket.bufferedAmount - this.#snapshotBytes;
  }

  #leave(): void {
    this.#stopListening();
    this.#subscriptions.clear();
  }

  #hear(entry: RingEvent, wanted = this.#following(entry.topic)): void {
    if (!maySee(this.caller, entry.event)) return;
    if (this.#filter !== null) return this.#hearInReach(this.#filter, entry, wanted);
    for (const subscription of wanted) {
      if (this.#subscriptions.get(subscription.id) === subscription) this.#deliver(subscription, entry);
    }
  }

  #deliver(subscription: Subscription, entry: RingEvent): void {
    if (!subscription.deliver(entry)) this.#startAnew(subscription.id);
  }

  // In the order in which things happened: what has to be read again must not be overtaken.
  #hearInReach(filter: ReachFilter, entry: RingEvent, wanted: readonly Subscription[]): void {
    const seen = filter.see(entry);
    if (movesBadges(entry.topic) && entry.event.type !== 'fleet.heartbeats') this.#badgesAreDue = true;
    if (seen === null || wanted.length === 0) return;
    this.#telling = this.#telling
      .then(async () => {
        const event = seen === 'read again' ? await this.#readAgain(entry) : seen;
        if (event !== null) this.#tell(entry, event, wanted);
      })
      .catch((error: unknown) => this.#parts.report(error, 'telling a viewer what is in reach'));
  }

  #tell(entry: RingEvent, event: StreamEvent, wanted: readonly Subscription[]): void {
    const told = event === entry.event ? entry : { ...entry, event, text: JSON.stringify(event) };
    for (const subscription of wanted) {
      if (this.#subscriptions.get(subscription.id) === subscription) this.#deliver(subscription, told);
    }
  }

  /** Badges of the account count what is out of reach; these do not. */
  #tellBadges(): void {
    if (!this.#badgesAreDue) return;
    this.#badgesAreDue = false;
    const wanted = this.#following('badges');
    if (wanted.length === 0) return;
    this.#telling = this.#telling
      .then(async () => {
        const badges = await this.#parts.loaders.badges(this.caller);
        const text = JSON.stringify(badges);
        if (text === this.#lastBadges) return;
        this.#lastBadges = text;
        const { account, clock } = this.#parts;
        const event: StreamEvent = { type: 'badges.updated', badges };
        const at = { position: account.ring.last(), at: clock.now(), topic: 'badges' };
        this.#tell({ ...at, event, text: JSON.stringify(event) }, event, wanted);
      })
      .catch((error: unknown) => this.#parts.report(error, 'counting what waits in reach'));
  }

  #following(topic: string): Subscription[] {
    return [...this.#subscriptions.values()].filter((subscription) => subscription.topic === topic);
  }

  /** The row as this viewer may see it: its counts are those of runners in reach. */
  async #readAgain({ event }: RingEvent): Promise<StreamEvent | null> {
    if (event.type !== 'pack_version.changed') return event;
    const { id } = event.pack_version;
    const [row] = await this.#parts.loaders.packVersionRows(this.caller, [id]);
    return row
      ? { type: 'pack_version.changed', pack_version: row }
      : { type: 'pack_version.deleted', pack_version_id: id };
  }

  #startAnew(id: number): void {
    this.#subscriptions.delete(id);
    this.#reply({ type: 'resync_required', id });
  }

  #recoverAll(): void {
    const now = this.#parts.clock.now();
    for (const subscription of this.#subscriptions.values()) subscription.recover(now);
  }

  #reply(message: StreamReply): void {
    this.send(JSON.stringify(message));
  }

  #refuse(id: number, code: RefusalCode, detail: string): void {
    this.#reply({ type: 'refused', id, code, detail });
  }

  #read(text: string | null): void {
    const request = text === null ? 'frames are JSON text' : readRequest(text);
    if (typeof request === 'string') this.close(CLOSE_BAD_FRAME, request);
    else if (request.type === 'ping') this.#reply({ type: 'pong', at: instant(this.#parts.clock.now()) });
    else if (request.type === 'unsubscribe') this.#inOrder(() => void this.#subscriptions.delete(request.id));
    else this.#inOrder(() => this.#subscribe(request));
  }

  // One after the other: an unsubscribe must not overtake its subscribe, nor a snapshot the one before it.
  #inOrder(work: () => Promise<void> | void): void {
    if (this.#requestsWaiting >= MAX_REQUESTS_WAITING)
      return this.close(CLOSE_BAD_FRAME, 'too many requests at once');
    this.#requestsWaiting += 1;
    this.#requests = this.#requests
      .then(() => (this.#socket.readyState === this.#socket.OPEN ? work() : undefined))
      .catch((error: unknown) => {
        this.#parts.report(error, 'answering a viewer');
        this.close(CLOSE_BROKEN, 'the stream broke');
      })
      .finally(() => (this.#requestsWaiting -= 1));
  }

  async #subscribe({ id, topic, cursor }: Subscribe): Promise<void> {
    this.#subscriptions.delete(id);
    const permission = permissionOfTopic(topic);
    if (!may(this.caller.role, permission)) {
      return this.#refuse(
        id,
        'insufficient_privileges',
        `Cannot follow ${topic}: your role lacks ${permission}`,
      );
    }
    if (this.#subscriptions.size >= MAX_SUBSCRIPTIONS) {
      return this.#refuse(id, 'rate_limited', 'Cannot follow more topics on one connection');
    }
    if (cursor === undefined) await this.#begin(id, topic);
    else this.#resume(id, topic, cursor);
  }

  async #begin(id: number, topic: string): Promise<void> {
    const { account, loaders, clock } = this.#parts;
    const runId = runOfTopic(topic);
    if (runId !== null) account.watchRun(runId);
    // Before the rows are read: what happens from here on is in the ring, and follows the snapshot.
    const after = account.ring.last();
    const snapshot = await takeSnapshot(loaders, this.caller, topic);
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (!snapshot) return this.#refuse(id, 'not_found', 'Cannot find this run');
    if (this.#filter !== null) await this.#beginFilter(this.#filter, snapshot);
    const subscription = this.#create({ id, topic, after, seq: 0, chunksTo: lastChunkOf(snapshot) });
    const at = clock.now();
    const message: StreamReply = {
      type: 'snapshot',
      id,
      cursor: subscription.cursor(at),
      at: instant(at),
      snapshot,
    };
    const left = this.#sendSnapshot(JSON.stringify(message));
    this.#catchUp(subscription, after);
    await left;
  }

  async #beginFilter(filter: ReachFilter, snapshot: Snapshot): Promise<void> {
    if (snapshot.topic === 'fleet') return filter.begin(snapshot.runners.map(({ id }) => id));
    filter.begin(await this.#parts.loaders.reachedRunners(this.caller));
    if (snapshot.topic === 'run') filter.follow(snapshot.run);
  }

  #resume(id: number, topic: string, cursor: string): void {
    const { account, cursors, clock } = this.#parts;
    const position = cursors.open(cursor);
    if (
      !position ||
      !this.#mayResume(position, topic) ||
      account.ring.after(position.after, topic, clock.now()) === null
    ) {
      return this.#startAnew(id);
    }
    const runId = runOfTopic(topic);
    if (runId !== null) account.watchRun(runId);
    const { after, seq, chunksTo } = position;
    const subscription = this.#create({ id, topic, after, seq, chunksTo });
    this.#reply({ type: 'resumed', id, cursor: subscription.cursor(clock.now()) });
    this.#catchUp(subscription, after);
  }

  #mayResume(position: Position, topic: string): boolean {
    // What one reached before and reaches now may differ: a fresh snapshot says what there is.
    if (this.#filter !== null || !position.isFull) return false;
    const { accountId, memberId, role } = this.caller;
    const isOurs =
      position.accountId === accountId &&
      position.memberId === memberId &&
      position.role === role &&
      position.topic === topic;
    // A run that nobody watched for that long left no trace in the ring.
    return (
      isOurs && (runOfTopic(topic) === null || this.#parts.clock.now() - position.at <= RESUME_WITHIN_MS)
    );
  }

  #create(start: Omit<SubscriptionStart, 'accountId' | 'memberId' | 'role' | 'isFull'>): Subscription {
    const { accountId, memberId, role } = this.caller;
    const isFull = this.#filter === null;
    const subscription = createSubscription(
      { ...start, accountId, memberId, role, isFull },
      this,
      this.#parts.cursors,
    );
    this.#subscriptions.set(start.id, subscription);
    return subscription;
  }

  // Without a pause between its creation and the ring's reading, nothing falls between the two.
  #catchUp(subscription: Subscription, after: number): void {
    const { account, clock } = this.#parts;
    const entries = account.ring.after(after, subscription.topic, clock.now());
    if (entries === null) return this.#startAnew(subscription.id);
    for (const entry of entries) this.#hear(entry, [subscription]);
  }

  // A snapshot may be larger than the buffer of a viewer; the next request waits until it has left.
  async #sendSnapshot(text: string): Promise<void> {
    this.#snapshotBytes = Buffer.byteLength(text);
    await new Promise<void>((left) => this.#socket.send(text, () => left()));
    this.#snapshotBytes = 0;
    this.#recoverAll();
  }
}
