// Which nodes live. Each counts up in the store; who has not moved while this one counted three times is gone, so
// that no clock of one host is held against that of another.
import type { Clock } from '../clock.ts';
import type { Database, Tx } from '../database/database.ts';
import { beatNode, deleteNode, insertNode, selectNodes } from './store.ts';

export interface Leases {
  /** Takes its place; `former` is what this data directory's node was called before, which nobody is any more. */
  start(former: string | null): Promise<void>;
  stop(): Promise<void>;
  hasOthers(): boolean;
}

const BEAT_EVERY_MS = 5_000;
const MISSED_BEATS = 3;

export interface LeaseParts {
  database: Database;
  clock: Clock;
  nodeId: string;
  host: string;
  /** Some are gone: ends in the record what they held, as all that `living` do not hold. */
  voidSessions(tx: Tx, living: readonly string[]): Promise<void>;
  /** The others took this one for gone, and what it held is not its own any more. */
  lost(): void;
  report(error: unknown, where: string): void;
}

export function createLeases(parts: LeaseParts): Leases {
  return new NodeLeases(parts);
}

class NodeLeases implements Leases {
  readonly #parts: LeaseParts;
  /** Of each other node: what it counted to, and for how many of our beats it has stood there. */
  readonly #others = new Map<string, { beat: number; stood: number }>();
  #callOff: (() => void) | null = null;
  #beating: Promise<void> | null = null;
  #isStopped = false;

  constructor(parts: LeaseParts) {
    this.#parts = parts;
  }

  async start(former: string | null): Promise<void> {
    const { database, clock, nodeId: id, host, voidSessions } = this.#parts;
    await database.write(async (tx) => {
      if (former !== null) await deleteNode(tx.sql, former, null);
      await insertNode(tx.sql, { id, host, at: clock.now() });
      const nodes = await selectNodes(tx.sql);
      await voidSessions(
        tx,
        nodes.map((node) => node.id),
      );
      for (const { id: other, beat } of nodes) if (other !== id) this.#others.set(other, { beat, stood: 0 });
    });
    this.#schedule();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#callOff?.();
    await this.#beating;
    const { database, nodeId } = this.#parts;
    await database.write(async (tx) => void (await deleteNode(tx.sql, nodeId, null)));
  }

  hasOthers(): boolean {
    return this.#others.size > 0;
  }

  // The next bell is set when this beat is done: who cannot reach the store judges nobody meanwhile.
  #schedule(): void {
    if (this.#isStopped) return;
    this.#callOff = this.#parts.clock.after(BEAT_EVERY_MS, () => {
      this.#beating = this.#beat()
        .catch((error: unknown) => this.#parts.report(error, 'telling other nodes that this one lives'))
        .finally(() => {
          this.#beating = null;
          this.#schedule();
        });
    });
  }

  async #beat(): Promise<void> {
    const { database, clock, nodeId: id, host, lost } = this.#parts;
    const isHere = await database.write(async (tx) => {
      const wasHere = await beatNode(tx.sql, id);
      if (!wasHere) await insertNode(tx.sql, { id, host, at: clock.now() });
      return wasHere;
    });
    if (!isHere) lost();
    const gone = this.#judge(await selectNodes(database.read));
    if (gone.length > 0) await this.#bury(gone);
  }

  #judge(nodes: readonly { id: string; beat: number }[]): { id: string; beat: number }[] {
    const found = new Set(nodes.map((node) => node.id));
    for (const id of this.#others.keys()) if (!found.has(id)) this.#others.delete(id);
    return nodes.filter(({ id, beat }) => {
      if (id === this.#parts.nodeId) return false;
      const known = this.#others.get(id);
      const stood = known?.beat === beat ? known.stood + 1 : 0;
      this.#others.set(id, { beat, stood });
      return stood >= MISSED_BEATS;
    });
  }

  async #bury(gone: readonly { id: string; beat: number }[]): Promise<void> {
    const { database, voidSessions } = this.#parts;
    await database.write(async (tx) => {
      // One of those who have noticed does it; one that has just moved again is left alone.
      let buried = false;
      for (const { id, beat } of gone) if (await deleteNode(tx.sql, id, beat)) buried = true;
      if (!buried) return;
      const living = await selectNodes(tx.sql);
      await voidSessions(
        tx,
        living.map((node) => node.id),
      );
    });
    for (const { id } of gone) this.#others.delete(id);
  }
}
