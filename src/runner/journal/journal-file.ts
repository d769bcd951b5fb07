// The active file of the journal: opening it (with what a crash left), appending durably, rotating.
import { constants } from 'node:fs';
import { open, rename, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ensureFolder, isMissing, syncFolder } from '../host/durable-file.ts';
import { giveToFolderOwner } from '../host/ownership.ts';
import { chainHash } from './chain.ts';
import { readHeads, recordHead } from './heads.ts';

const lineFeed = 0x0a;
const blockBytes = 65_536;

export class JournalFile {
  /** Hash of the last line; '' while the file is empty. */
  head = '';
  sizeBytes = 0;
  readonly #path: string;
  readonly #maxBackups: number;
  #handle: FileHandle;

  private constructor(path: string, maxBackups: number, handle: FileHandle) {
    this.#path = path;
    this.#maxBackups = maxBackups;
    this.#handle = handle;
  }

  /** Opens or creates the file (0600, its directory 0750) and cuts off a last line that has no end. */
  static async open(path: string, maxBackups: number): Promise<JournalFile> {
    await ensureFolder(dirname(path));
    const handle = await openActive(path, 0);
    const file = new JournalFile(path, maxBackups, handle);
    try {
      await file.#recover();
      await file.#finishRotation();
    } catch (error) {
      await handle.close();
      throw error;
    }
    return file;
  }

  async #recover(): Promise<void> {
    const { size, mode } = await this.#handle.stat();
    if ((mode & 0o077) !== 0) await this.#handle.chmod(0o600);
    const tail = await readTail(this.#handle, size);
    if (tail.endBytes < size) {
      await this.#handle.truncate(tail.endBytes);
      await this.#handle.sync();
    }
    this.sizeBytes = tail.endBytes;
    this.head = tail.lastLine.length === 0 ? '' : chainHash(tail.lastLine);
    await giveToFolderOwner(this.#path);
    await syncFolder(dirname(this.#path));
  }

  // A crash between the record of a rotation and its renames: the active file is one that is on record as rotated.
  async #finishRotation(): Promise<void> {
    if (this.head === '') return;
    const heads = await readHeads(this.#path).catch(() => []);
    if (heads.at(-1)?.head === this.head) await this.#shift();
  }

  /** Writes whole lines and resolves when they are on the disk. `head` is the hash of the last of them. */
  async append(lines: Buffer, head: string): Promise<void> {
    let written = 0;
    while (written < lines.length) {
      const { bytesWritten } = await this.#handle.write(lines, written);
      if (bytesWritten === 0) throw new Error('the journal took only part of a line');
      written += bytesWritten;
    }
    // The file's times are not worth a second write: datasync covers content and size.
    await this.#handle.datasync();
    this.sizeBytes += lines.length;
    this.head = head;
  }

  /** Moves the file to `.1` (and `.1` to `.2` …, dropping the oldest) and begins an empty one. */
  async rotate(): Promise<void> {
    const heads = await readHeads(this.#path).catch(() => []);
    const before = heads.at(-1)?.kept ?? (await this.#firstFreeBackup()) - 1;
    const kept = Math.min(before + 1, this.#maxBackups);
    await recordHead(this.#path, { head: this.head, bytes: this.sizeBytes, kept });
    await this.#shift();
  }

  async #shift(): Promise<void> {
    await this.#handle.close();
    for (let index = await this.#firstFreeBackup(); index >= 1; index -= 1) {
      const older = index === 1 ? this.#path : `${this.#path}.${index - 1}`;
      await rename(older, `${this.#path}.${index}`);
    }
    this.#handle = await openActive(this.#path, constants.O_EXCL);
    await giveToFolderOwner(this.#path);
    await syncFolder(dirname(this.#path));
    this.sizeBytes = 0;
    this.head = '';
  }

  // Up to the first number that is free; the oldest file is overwritten when none is.
  async #firstFreeBackup(): Promise<number> {
    for (let index = 1; index < this.#maxBackups; index += 1) {
      if (await stat(`${this.#path}.${index}`).then(() => false, isMissing)) return index;
    }
    return this.#maxBackups;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

function openActive(path: string, extraFlags: number): Promise<FileHandle> {
  const { O_RDWR, O_CREAT, O_APPEND, O_NOFOLLOW } = constants;
  return open(path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | extraFlags, 0o600);
}

// Reads backwards, because a journal may be large and only its end matters.
async function readTail(handle: FileHandle, size: number): Promise<{ endBytes: number; lastLine: Buffer }> {
  let tail = Buffer.alloc(0);
  let start = size;
  while (start > 0) {
    const length = Math.min(blockBytes, start);
    const block = Buffer.alloc(length);
    const { bytesRead } = await handle.read(block, 0, length, start - length);
    if (bytesRead < length) throw new Error('the journal changed while it was opened');
    start -= length;
    tail = Buffer.concat([block, tail]);
    const found = lastLineOf(tail);
    if (found && (found.isWhole || start === 0)) return { endBytes: start + found.end, lastLine: found.line };
  }
  return { endBytes: 0, lastLine: Buffer.alloc(0) };
}

function lastLineOf(tail: Buffer): { line: Buffer; end: number; isWhole: boolean } | null {
  const end = tail.lastIndexOf(lineFeed) + 1;
  if (end === 0) return null;
  let lineEnd = end - 1;
  // Empty lines are not events; they carry no place in the chain.
  while (lineEnd > 0 && tail[lineEnd - 1] === lineFeed) lineEnd -= 1;
  const before = lineEnd === 0 ? -1 : tail.lastIndexOf(lineFeed, lineEnd - 1);
  return { line: tail.subarray(before + 1, lineEnd), end, isWhole: before >= 0 };
}
