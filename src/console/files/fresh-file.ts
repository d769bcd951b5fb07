// Files that the console makes for its user: readable by nobody else, and never in place of another.
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/** A new file for this user alone; a taken name gets a number. */
export async function createFresh(
  directory: string,
  name: string,
  ending: string,
): Promise<{ file: FileHandle; path: string }> {
  return firstFree(resolve(directory, name), ending, async (path) => ({
    file: await open(path, 'wx', 0o600),
    path,
  }));
}

export interface Written {
  readonly name: string;
  readonly text: string;
}

/** One document is written as the file `path`; several become files in a new folder of that name. */
export async function writeFresh(documents: readonly Written[], path: string): Promise<string> {
  const [only] = documents;
  if (only !== undefined && documents.length === 1) {
    await writeNew(path, only.text);
    return path;
  }
  await mkdir(path, { mode: 0o700 });
  for (const { name, text } of documents) await writeNew(join(path, name), text);
  return path;
}

/** The same in `directory`, under the document's own name or `folder`; a taken one gets a number. */
export function writeFreshIn(
  documents: readonly Written[],
  directory: string,
  folder: string,
): Promise<string> {
  const name = documents.length === 1 ? (documents[0]?.name ?? folder) : folder;
  const [, base = name, ending = ''] = /^(.+)\.([^.]+)$/.exec(name) ?? [];
  return firstFree(resolve(directory, base), ending, (path) => writeFresh(documents, path));
}

async function writeNew(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
  } finally {
    await file.close();
  }
}

async function firstFree<Made>(
  base: string,
  ending: string,
  make: (path: string) => Promise<Made>,
): Promise<Made> {
  const end = ending === '' ? '' : `.${ending}`;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await make(attempt === 1 ? base + end : `${base}-${attempt}${end}`);
    } catch (error) {
      if (!isTaken(error) || attempt >= 1000) throw error;
    }
  }
}

export function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST';
}
