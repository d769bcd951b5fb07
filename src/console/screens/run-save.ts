// Writes the exact output of a run to a file that only this user can read.
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Session } from '../store/session.ts';
import type { Stream } from './run-rows.ts';

/** Never overwrites: a taken name gets a number. Answers the path and the number of bytes. */
export async function saveOutput(
  session: Pick<Session, 'exactOutput'>,
  runId: string,
  stream: Stream | undefined,
  directory: string,
): Promise<{ path: string; sizeBytes: number }> {
  const name = stream === undefined ? runId : `${runId}.${stream}`;
  const { file, path } = await createFresh(directory, name, 'log');
  let sizeBytes = 0;
  try {
    for await (const chunk of session.exactOutput(runId)) {
      if (stream !== undefined && chunk.stream !== stream) continue;
      const part = Buffer.from(chunk.chunk, 'utf8');
      await file.writeFile(part);
      sizeBytes += part.length;
    }
  } finally {
    await file.close();
  }
  return { path, sizeBytes };
}

/** A new file for this user alone; a taken name gets a number. */
export async function createFresh(directory: string, name: string, ending: string) {
  for (let attempt = 1; ; attempt += 1) {
    const path = resolve(directory, attempt === 1 ? `${name}.${ending}` : `${name}-${attempt}.${ending}`);
    try {
      return { file: await open(path, 'wx', 0o600), path };
    } catch (error) {
      const isTaken = error instanceof Error && 'code' in error && error.code === 'EEXIST';
      if (!isTaken || attempt >= 1000) throw error;
    }
  }
}
