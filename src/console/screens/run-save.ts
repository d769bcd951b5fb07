// Writes the exact output of a run to a file that only this user can read.
import { createFresh } from '../files/fresh-file.ts';
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
