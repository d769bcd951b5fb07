// One line there, one line back, between processes of one host over a socket in the file system. Only its owner
// (and root) may open it, so a secret travels neither by argv nor by network. What the lines say is their ends'.
import { closeSync, constants, existsSync, openSync, rmSync } from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { basename, dirname, join } from 'node:path';

const MAX_LINE_CHARACTERS = 1_048_576;
/** How long an end may keep the other waiting for its line, or for taking the answer. */
const LINE_WITHIN_MS = 10_000;
/** What the kernel takes as the path of a socket, with its end mark. */
const MAX_SOCKET_PATH_BYTES = 107;

/** The other end was there, but no line came from it; what it did of the request is unknown. */
export class NoLine extends Error {}

/**
 * Answers at `file`; whoever calls holds the lock that says nobody else listens there. `answer` turns every
 * failure of its own into a line. The returned function ends it: who has asked gets an answer, the rest is cut.
 */
export async function serveLines(
  file: string,
  answer: (line: string) => Promise<string>,
): Promise<() => Promise<void>> {
  // Left by a process that was killed.
  rmSync(file, { force: true });
  const waiting = new Set<Socket>();
  const server = createServer((socket) => {
    waiting.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => waiting.delete(socket));
    socket.setTimeout(LINE_WITHIN_MS, () => socket.destroy());
    firstLine(socket)
      .then(async (line) => {
        waiting.delete(socket);
        socket.setTimeout(0);
        socket.end(`${await answer(line)}\n`);
        socket.setTimeout(LINE_WITHIN_MS);
        // Nothing more is expected of the asker, not even that it hangs up.
        socket.destroySoon();
      })
      .catch(() => socket.destroy());
  });
  await withShortPath(file, (path) => listenAt(server, path));
  return async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of waiting) socket.destroy();
    await closed;
    rmSync(file, { force: true });
  };
}

/**
 * Asks whoever answers at `file`; null when nobody does. Throws NoLine when the answer does not come within
 * `withinMs`, is longer than 1,048,576 characters, or the other end goes away.
 */
export async function askLine(file: string, line: string, withinMs: number): Promise<string | null> {
  if (!existsSync(file)) return null;
  return withShortPath(
    file,
    (path) =>
      new Promise((resolve, reject) => {
        const socket = createConnection(path, () => {
          socket.write(`${line}\n`);
          firstLine(socket)
            .finally(() => socket.destroy())
            .then(resolve, reject);
        });
        socket.setTimeout(withinMs, () => socket.destroy(new NoLine('no answer in time')));
        socket.once('error', (error: NodeJS.ErrnoException) => {
          if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(null);
          else reject(error);
        });
      }),
  );
}

function listenAt(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    // The socket appears within this call; from its first moment it is for its owner only.
    const before = process.umask(0o177);
    try {
      server.listen(path, resolve);
    } finally {
      process.umask(before);
    }
  });
}

/** Iterating over the socket would destroy it before the answer is written. */
function firstLine(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (part: string) => {
      text += part;
      const end = text.indexOf('\n');
      if (end >= 0) resolve(text.slice(0, end));
      else if (text.length > MAX_LINE_CHARACTERS) reject(new NoLine('the line is too long'));
    });
    socket.once('close', () => reject(new NoLine('the other side went away')));
  });
}

/** A file may lie deeper than a socket's path can say; through its folder's descriptor the path is short. */
async function withShortPath<Result>(file: string, work: (path: string) => Promise<Result>): Promise<Result> {
  if (Buffer.byteLength(file) < MAX_SOCKET_PATH_BYTES) return work(file);
  const descriptor = openSync(dirname(file), constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    return await work(join('/proc/self/fd', String(descriptor), basename(file)));
  } finally {
    closeSync(descriptor);
  }
}
