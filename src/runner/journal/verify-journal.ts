// All files of a journal and the record of what the rotated ones ended with, held against one another
// (SPEC JR10): so a file that was removed, replaced or cut at its end is found. One file alone is verify.ts's.
import { existsSync } from 'node:fs';
import { readHeads, headsPath, spoiledHeadsPath, type Head } from './heads.ts';
import { journalFiles, verifyFile, type Verification } from './verify.ts';

export interface FileVerdict {
  readonly path: string;
  readonly intact: boolean;
  /** What is wrong; absent when nothing is. */
  readonly error?: string;
  readonly lines?: number;
}

/** One verdict for each file that is there or should be, oldest first; `seen` is told of every event. */
export async function verifyJournal(
  path: string,
  seen: (eventId: string) => void = () => {},
): Promise<FileVerdict[]> {
  const verdicts = new Map<string, FileVerdict>();
  const ends = new Map<string, string>();
  for (const file of await journalFiles(path)) {
    const { verdict, head } = await verdictOf(file, seen);
    verdicts.set(file, verdict);
    if (head !== null) ends.set(file, head);
  }
  const record = await readRecord(path);
  const faults = Array.isArray(record) ? faultsAgainst(path, record, ends, verdicts) : [record];
  for (const fault of faults) if (verdicts.get(fault.path)?.intact !== false) verdicts.set(fault.path, fault);
  return [...verdicts.values()].sort((a, b) => ageOf(path, b.path) - ageOf(path, a.path));
}

/** The verdict on one file, also when it cannot be read at all. */
export async function verdictOf(
  file: string,
  seen: (eventId: string) => void = () => {},
): Promise<{ verdict: FileVerdict; head: string | null }> {
  try {
    const verification = await verifyFile(file, seen);
    if (verification.intact) {
      const { lines, head } = verification;
      return { verdict: { path: file, intact: true, lines }, head };
    }
    return { verdict: { path: file, intact: false, error: sentenceOf(verification) }, head: null };
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error);
    return { verdict: { path: file, intact: false, error: `cannot be read: ${because}` }, head: null };
  }
}

function sentenceOf(broken: Extract<Verification, { intact: false }>): string {
  const { line, eventId, because, expected, found } = broken;
  const event = eventId === '' ? '' : ` (event ${eventId})`;
  const hashes =
    found === null ? '' : `: expected ${expected === '' ? 'none' : expected}, found ${found || 'none'}`;
  return `line ${line}${event} ${because}${hashes}`;
}

async function readRecord(path: string): Promise<Head[] | FileVerdict> {
  const spoiled = spoiledHeadsPath(path);
  if (existsSync(spoiled)) {
    const error = 'is a record of rotated files that could not be read any more; what it knew is lost';
    return { path: spoiled, intact: false, error };
  }
  try {
    return await readHeads(path);
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error);
    return { path: headsPath(path), intact: false, error: `is no record of rotated files: ${because}` };
  }
}

// The newest record belongs to `.1`, the one before it to `.2`, and so on: that is what rotating does.
function faultsAgainst(
  path: string,
  heads: readonly Head[],
  ends: ReadonlyMap<string, string>,
  verdicts: ReadonlyMap<string, FileVerdict>,
): FileVerdict[] {
  const faults: FileVerdict[] = [];
  const fail = (file: string, error: string) => faults.push({ path: file, intact: false, error });
  const newest = heads.at(-1);
  if (!newest) return faults;
  if (!verdicts.has(path)) fail(path, 'is missing');
  // After a crash in the middle of a rotation the file on record is still the active one.
  const isUnfinished = ends.get(path) === newest.head;
  const expected = isUnfinished ? newest.kept - 1 : newest.kept;
  for (let number = 1; number <= expected; number += 1) {
    const file = `${path}.${number}`;
    const head = heads.at(isUnfinished ? -number - 1 : -number);
    if (!verdicts.has(file)) fail(file, 'is missing');
    else if (head && ends.has(file) && ends.get(file) !== head.head) {
      fail(file, `was cut at its end or replaced: its last line should have the hash ${head.head}`);
    }
  }
  return faults;
}

function ageOf(path: string, file: string): number {
  const suffix = file.slice(path.length + 1);
  return /^\d+$/.test(suffix) ? Number(suffix) : file === path ? 0 : -1;
}
