// Reading a journal file back and finding the first place where its chain is broken.
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { checkLine } from './chain.ts';
import { MAX_LINE_BYTES } from './event-text.ts';

export type Verification =
  | { readonly intact: true; readonly lines: number; readonly head: string }
  | {
      readonly intact: false;
      /** 1-based. */
      readonly line: number;
      /** '' when the line could not be read. */
      readonly eventId: string;
      readonly expected: string;
      /** Null when the line could not be read. */
      readonly found: string | null;
      readonly because: string;
    };

/** The rotated files of a journal, oldest first, and the active one last; only those that exist. */
export async function journalFiles(path: string): Promise<string[]> {
  const prefix = `${basename(path)}.`;
  const names = await readdir(dirname(path));
  const numbers = names
    .filter((name) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)))
    .map((name) => Number(name.slice(prefix.length)));
  const rotated = numbers.sort((a, b) => b - a).map((number) => `${path}.${number}`);
  return names.includes(basename(path)) ? [...rotated, path] : rotated;
}

const lineFeed = 0x0a;

/**
 * Verifies one file and stops at the first break. Rejects when the file cannot be read. A change of the last
 * line, or whole lines cut off the end, cannot be seen from the file alone. `seen` is told of every event.
 */
export async function verifyFile(
  path: string,
  seen: (eventId: string) => void = () => {},
): Promise<Verification> {
  const walk = new ChainWalk(seen);
  for await (const block of createReadStream(path)) {
    const broken = walk.take(block as Buffer);
    if (broken) return broken;
  }
  return walk.end();
}

class ChainWalk {
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #line = 0;
  #head = '';
  readonly #seen: (eventId: string) => void;

  constructor(seen: (eventId: string) => void) {
    this.#seen = seen;
  }

  take(block: Buffer): Verification | null {
    let at = 0;
    for (let end = block.indexOf(lineFeed); end >= 0; end = block.indexOf(lineFeed, at)) {
      this.#keep(block.subarray(at, end));
      at = end + 1;
      const broken = this.#check();
      if (broken) return broken;
    }
    this.#keep(block.subarray(at));
    return this.#pendingBytes >= MAX_LINE_BYTES ? this.#unreadable('is longer than a line may be') : null;
  }

  end(): Verification {
    if (this.#pendingBytes > 0)
      return this.#unreadable('has no line feed: it was cut off or is being written');
    return { intact: true, lines: this.#line, head: this.#head };
  }

  #keep(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
  }

  #check(): Verification | null {
    if (this.#pendingBytes >= MAX_LINE_BYTES) return this.#unreadable('is longer than a line may be');
    const line = Buffer.concat(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#line += 1;
    if (line.length === 0) return null;
    const answer = checkLine(line, this.#head);
    if (answer.ok) {
      this.#head = answer.head;
      this.#seen(answer.eventId);
      return null;
    }
    const { eventId, found, because } = answer;
    return { intact: false, line: this.#line, eventId, expected: this.#head, found, because };
  }

  #unreadable(because: string): Verification {
    return { intact: false, line: this.#line + 1, eventId: '', expected: this.#head, found: null, because };
  }
}
