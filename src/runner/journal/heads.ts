// What each rotated file of a journal ended with, kept beside it in `<journal>.heads`: a chain of its own
// cannot show that its last lines, or the whole file, are gone (SPEC JR10). Who compares is verify-journal.ts.
import { readFile, rename } from 'node:fs/promises';
import { z } from 'zod';
import { isMissing, writeDurably } from '../host/durable-file.ts';
import { giveToFolderOwner } from '../host/ownership.ts';

const Head = z.strictObject({
  /** Counts the rotations of this journal, from 1. */
  sequence: z.number().int().min(1),
  /** Hash of the last line; the place of this file in no chain but the record's. */
  head: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: z.number().int().min(1),
  /** How many rotated files there are once this one is. */
  kept: z.number().int().min(1),
});
export type Head = z.infer<typeof Head>;

/** Files beyond these are gone by any count that a configuration may ask for. */
const HEADS_KEPT = 1_000;

export function headsPath(journalPath: string): string {
  return `${journalPath}.heads`;
}

/** The records, oldest first; none when there is no file. Throws an Error that names the line that is wrong. */
export async function readHeads(journalPath: string): Promise<Head[]> {
  let text: string;
  try {
    text = await readFile(headsPath(journalPath), 'utf8');
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
  return decodeHeads(text);
}

function decodeHeads(text: string): Head[] {
  const heads: Head[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '') continue;
    const head = decodeHead(line);
    if (!head || head.sequence !== (heads.at(-1)?.sequence ?? head.sequence - 1) + 1)
      throw new Error(`line ${index + 1} is not the record that belongs there`);
    heads.push(head);
  }
  return heads;
}

function decodeHead(line: string): Head | null {
  try {
    return Head.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
}

/** Adds the record of a file that is about to be rotated; durable when it resolves. */
export async function recordHead(
  journalPath: string,
  file: { readonly head: string; readonly bytes: number; readonly kept: number },
): Promise<void> {
  const heads = await readOrSetAside(journalPath);
  const record: Head = { sequence: (heads.at(-1)?.sequence ?? 0) + 1, ...file };
  const lines = [...heads, record].slice(-HEADS_KEPT).map((head) => `${JSON.stringify(head)}\n`);
  await writeDurably(headsPath(journalPath), lines.join(''));
  await giveToFolderOwner(headsPath(journalPath));
}

// A record that cannot be read must not stop the host from recording; it stays for whoever verifies.
async function readOrSetAside(journalPath: string): Promise<Head[]> {
  try {
    return await readHeads(journalPath);
  } catch {
    await rename(headsPath(journalPath), spoiledHeadsPath(journalPath));
    return [];
  }
}

export function spoiledHeadsPath(journalPath: string): string {
  return `${headsPath(journalPath)}.spoiled`;
}
