// Which attestations were used here, on the disk before what they allow may run: a captured one cannot be used
// again, also not after a restart. Lines are kept only as long as an attestation could still be fresh.
import { constants } from 'node:fs';
import { open, readFile, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { decodeExactJson } from '../../packs/exact-json.ts';
import { Refusal } from '../../protocol/errors.ts';
import { ensureFolder, isMissing, syncFolder, writeDurably } from '../host/durable-file.ts';
import { tryLock } from '../host/file-lock.ts';
import { parseRfc3339 } from './rfc3339.ts';

export const MAX_FRESH_NONCES = 100_000;
const MAX_FILE_BYTES = 16 * 1024 * 1024;
const MAX_LINES = 200_001;
const MAX_RECORD_BYTES = 256;
const COMPACT_FROM = 1_024;

const Head = z.strictObject({ version: z.literal(1), retention_ns: z.number().int().positive() });
const Line = z.strictObject({ nonce: z.string().regex(/^[0-9a-f]{32}$/), issued_at: z.string() });

export interface NonceStore {
  /** Durable when it resolves; false when the nonce was used before. Rejects when nothing can be kept. */
  use(nonce: string, issuedAtMs: number, nowMs: number): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * Opens or begins the store; it remembers for `retentionMs`, twice the greatest age that is accepted would be
 * enough. A Refusal when it is corrupt, held, or made for a shorter memory than is now asked of it.
 */
export async function openNonceStore(path: string, retentionMs: number, nowMs: number): Promise<NonceStore> {
  await ensureFolder(dirname(path));
  const lock = await lockFor(path);
  try {
    const text = await readText(path);
    const stored = text === null ? null : decodeStore(text, path, nowMs);
    if (stored && stored.retentionMs < retentionMs) throw widened(path, stored.retentionMs);
    const store = new FileNonceStore(path, stored?.retentionMs ?? retentionMs, lock);
    await store.begin(stored?.nonces ?? new Map(), stored?.lines ?? 0, nowMs);
    return store;
  } catch (error) {
    await lock.close();
    throw error;
  }
}

async function lockFor(path: string): Promise<FileHandle> {
  const file = await open(`${path}.lock`, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  if (tryLock(file.fd) === 'taken') return file;
  await file.close();
  throw new Refusal('data_dir_locked', `Cannot use ${path}: another emisar process holds it; stop it`);
}

async function readText(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

class FileNonceStore implements NonceStore {
  readonly #path: string;
  readonly #retentionMs: number;
  readonly #lock: FileHandle;
  #nonces = new Map<string, number>();
  /** Lines in the file, those of forgotten nonces included. */
  #lines = 0;
  #file: FileHandle | null = null;
  #last: Promise<unknown> = Promise.resolve();
  #isBroken = false;

  constructor(path: string, retentionMs: number, lock: FileHandle) {
    this.#path = path;
    this.#retentionMs = retentionMs;
    this.#lock = lock;
  }

  async begin(nonces: Map<string, number>, lines: number, nowMs: number): Promise<void> {
    this.#nonces = nonces;
    this.#lines = lines;
    this.#forgetOld(nowMs);
    if (lines === 0 || this.#isWorthCompacting()) await this.#rewrite();
    else this.#file = await open(this.#path, constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW);
  }

  /** One at a time, so that two dispatches with one nonce cannot both find it unused. */
  use(nonce: string, issuedAtMs: number, nowMs: number): Promise<boolean> {
    const used = this.#last.then(() => this.#useNow(nonce, issuedAtMs, nowMs));
    this.#last = used.catch(() => {});
    return used;
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#file?.close();
    this.#file = null;
    await this.#lock.close();
  }

  async #useNow(nonce: string, issuedAtMs: number, nowMs: number): Promise<boolean> {
    if (this.#isBroken) throw new Error('the nonce store cannot be written');
    this.#forgetOld(nowMs);
    if (this.#nonces.has(nonce)) return false;
    if (this.#nonces.size >= MAX_FRESH_NONCES) throw new Error('the nonce store is full');
    this.#nonces.set(nonce, issuedAtMs);
    try {
      if (this.#isWorthCompacting()) await this.#rewrite();
      else await this.#append(nonce, issuedAtMs);
    } catch (error) {
      // What is on the disk now, nobody knows: nothing is admitted any more until a person has looked.
      this.#isBroken = true;
      throw error;
    }
    return true;
  }

  #forgetOld(nowMs: number): void {
    for (const [nonce, issuedAt] of this.#nonces) {
      if (issuedAt < nowMs - this.#retentionMs) this.#nonces.delete(nonce);
    }
  }

  #isWorthCompacting(): boolean {
    const obsolete = this.#lines - 1 - this.#nonces.size;
    return obsolete >= COMPACT_FROM && obsolete >= this.#nonces.size;
  }

  async #append(nonce: string, issuedAtMs: number): Promise<void> {
    if (!this.#file) throw new Error('the nonce store is closed');
    await this.#file.appendFile(`${encodeLine(nonce, issuedAtMs)}\n`);
    await this.#file.datasync();
    this.#lines += 1;
  }

  async #rewrite(): Promise<void> {
    const sorted = [...this.#nonces].sort(([a, at], [b, bt]) => at - bt || (a < b ? -1 : 1));
    const head = JSON.stringify({ version: 1, retention_ns: this.#retentionMs * 1_000_000 });
    const lines = [head, ...sorted.map(([nonce, at]) => encodeLine(nonce, at))];
    await this.#file?.close();
    this.#file = null;
    await writeDurably(this.#path, `${lines.join('\n')}\n`);
    await syncFolder(dirname(this.#path));
    this.#file = await open(this.#path, constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW);
    this.#lines = lines.length;
  }
}

function encodeLine(nonce: string, issuedAtMs: number): string {
  const issuedAt = new Date(issuedAtMs).toISOString().replace(/\.?0*Z$/, 'Z');
  return JSON.stringify({ nonce, issued_at: issuedAt });
}

interface Stored {
  readonly retentionMs: number;
  readonly nonces: Map<string, number>;
  readonly lines: number;
}

function decodeStore(text: string, path: string, nowMs: number): Stored {
  const fail = (because: string): Refusal =>
    new Refusal(
      'data_dir_unusable',
      `Cannot trust the nonce store ${path} (${because}): a used attestation might be accepted again. Move it away ` +
        `with mv ${path} ${path}.corrupt once every attestation that was issued before is too old`,
    );
  if (Buffer.byteLength(text) > MAX_FILE_BYTES) throw fail('it is too large');
  if (!text.endsWith('\n')) throw fail('its last line is torn');
  const lines = text.slice(0, -1).split('\n');
  if (lines.length > MAX_LINES) throw fail('it has too many lines');
  const head = Head.safeParse(strict(lines[0] ?? '')).data;
  if (!head) throw fail('its first line is not one of this version');
  const retentionMs = Math.floor(head.retention_ns / 1_000_000);
  const nonces = new Map<string, number>();
  for (const [index, line] of lines.slice(1).entries()) {
    const record = Buffer.byteLength(line) > MAX_RECORD_BYTES ? undefined : Line.safeParse(strict(line)).data;
    const issuedAt = record ? parseRfc3339(record.issued_at) : null;
    if (!record || issuedAt === null) throw fail(`line ${index + 2} is no record`);
    // One that was forgotten as too old may have come again; two that both count may not.
    if ((nonces.get(record.nonce) ?? -Infinity) >= nowMs - retentionMs)
      throw fail(`line ${index + 2}: the nonce stands twice`);
    nonces.set(record.nonce, issuedAt);
  }
  return { retentionMs, nonces, lines: lines.length };
}

function strict(line: string): unknown {
  try {
    decodeExactJson(line);
    return JSON.parse(line);
  } catch {
    return null;
  }
}

function widened(path: string, storedMs: number): Refusal {
  return new Refusal(
    'invalid_request',
    `Cannot use signing.max_attestation_age: ${path} remembers used attestations for ${storedMs / 1000} s only, so an ` +
      'older one could be used again; keep the age as it was, or below',
  );
}
