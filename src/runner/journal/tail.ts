// Reading the end of a journal, and going on reading while it grows and rotates.
import { open, stat, type FileHandle } from 'node:fs/promises';
import { isMissing } from '../host/durable-file.ts';
import { journalFiles } from './verify.ts';

const blockBytes = 65_536;
const lineFeed = 0x0a;

/** The last `count` whole lines of a file, with their line feeds, and where they end. */
export async function lastLines(path: string, count: number): Promise<{ lines: Buffer; endBytes: number }> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    let start = size;
    let tail = Buffer.alloc(0);
    while (start > 0 && linesIn(tail) <= count) {
      const length = Math.min(blockBytes, start);
      const block = await readExactly(file, start - length, length);
      start -= length;
      tail = Buffer.concat([block, tail]);
    }
    const end = tail.lastIndexOf(lineFeed) + 1;
    return { lines: tail.subarray(startOfLast(tail.subarray(0, end), count), end), endBytes: start + end };
  } finally {
    await file.close();
  }
}

function linesIn(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(lineFeed); at >= 0; at = bytes.indexOf(lineFeed, at + 1)) count += 1;
  return count;
}

function startOfLast(bytes: Buffer, count: number): number {
  let start = bytes.length;
  for (let left = count; left > 0 && start > 0; left -= 1)
    start = start === 1 ? 0 : bytes.lastIndexOf(lineFeed, start - 2) + 1;
  return start;
}

async function readExactly(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const block = Buffer.alloc(length);
  const { bytesRead } = await file.read(block, 0, length, position);
  return block.subarray(0, bytesRead);
}

/** Reads what was added since the last look: whole lines only, across any number of rotations. */
export class JournalFollower {
  readonly #path: string;
  #file: FileHandle;
  #position: number;

  private constructor(path: string, file: FileHandle, position: number) {
    this.#path = path;
    this.#file = file;
    this.#position = position;
  }

  /** Begins at `position` of the active file. */
  static async open(path: string, position: number): Promise<JournalFollower> {
    return new JournalFollower(path, await open(path, 'r'), position);
  }

  async readNew(): Promise<Buffer> {
    const parts = [await this.#readRest()];
    for (const next of await this.#filesAfterOurs()) {
      // Between our look at it and now, the file that we held may have got its last lines.
      parts.push(await this.#readRest());
      await this.#file.close();
      this.#file = next;
      this.#position = 0;
      parts.push(await this.#readRest());
    }
    return Buffer.concat(parts);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #readRest(): Promise<Buffer> {
    const { size } = await this.#file.stat();
    // A file that shrank was cut: what is there now is new to us.
    if (size < this.#position) this.#position = 0;
    const bytes = await readExactly(this.#file, this.#position, size - this.#position);
    const whole = bytes.subarray(0, bytes.lastIndexOf(lineFeed) + 1);
    this.#position += whole.length;
    return whole;
  }

  /** Files that came after the one that we read, oldest first; none while ours is the active one. */
  async #filesAfterOurs(): Promise<FileHandle[]> {
    const ours = await this.#file.stat();
    const active = await stat(this.#path).catch((error: unknown) => {
      if (isMissing(error)) return null;
      throw error;
    });
    if (!active || active.ino === ours.ino) return [];
    const opened: FileHandle[] = [];
    for (const path of await journalFiles(this.#path)) {
      const file = await open(path, 'r');
      const isOurs = (await file.stat()).ino === ours.ino;
      // Everything before ours was read long ago; when ours is gone, all that is left is newer.
      if (isOurs) await Promise.all([file, ...opened.splice(0)].map((older) => older.close()));
      else opened.push(file);
    }
    return opened;
  }
}
