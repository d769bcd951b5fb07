// The way to a running server for whoever may open its data directory: one JSON line there, one back, over a
// socket with mode 0600. So a secret travels neither by argv nor by network.
import { chmodSync, closeSync, constants, existsSync, openSync, rmSync } from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import { decode } from '../../protocol/decode.ts';
import { Refusal, isRefusalCode } from '../../protocol/errors.ts';
import { AdminAnswer, AdminRequest, type Admin } from './admin.ts';

const SOCKET_NAME = 'admin.sock';
const MAX_LINE_BYTES = 1_048_576;
/** Proving a long audit trail takes a while. */
const ANSWERED_WITHIN_MS = 10 * 60_000;
/** What the kernel takes as the path of a socket, with its end mark. */
const MAX_SOCKET_PATH_BYTES = 107;

const Reply = z.union([
  z.object({ ok: z.literal(true), answer: AdminAnswer }),
  z.object({ ok: z.literal(false), code: z.string(), message: z.string() }),
]);

/** Serves `admin` in `dataDir`; the returned function ends it. The directory must be held by this process. */
export async function serveAdmin(dataDir: string, admin: Admin): Promise<() => Promise<void>> {
  const file = join(dataDir, SOCKET_NAME);
  // Left by a process that was killed: the lock on the directory says that nobody listens there.
  rmSync(file, { force: true });
  const server = createServer((socket) => void answer(socket, admin));
  await listenAt(server, dataDir);
  chmodSync(file, 0o600);
  return async () => {
    await new Promise<void>((resolve) => server.close(() => resolve()));
    rmSync(file, { force: true });
  };
}

/** Asks the server of `dataDir`; null when none listens there. */
export async function askAdmin(dataDir: string, request: AdminRequest): Promise<AdminAnswer | null> {
  if (!existsSync(join(dataDir, SOCKET_NAME))) return null;
  const line = await withSocketPath(dataDir, (path) => exchange(path, JSON.stringify(request)));
  if (line === null) return null;
  const reply = decode(Reply, JSON.parse(line), 'the answer of the running emisar-cloud', 'internal');
  if (reply.ok) return reply.answer;
  throw new Refusal(isRefusalCode(reply.code) ? reply.code : 'internal', reply.message);
}

async function answer(socket: Socket, admin: Admin): Promise<void> {
  socket.on('error', () => socket.destroy());
  try {
    const request = decode(AdminRequest, JSON.parse(await readLine(socket)), 'the request');
    socket.end(`${JSON.stringify({ ok: true, answer: await admin(request) })}\n`);
  } catch (error) {
    const refusal = error instanceof Refusal ? error : new Refusal('internal');
    socket.end(`${JSON.stringify({ ok: false, code: refusal.code, message: refusal.message })}\n`);
  }
}

async function listenAt(server: Server, dataDir: string): Promise<void> {
  await withSocketPath(
    dataDir,
    (path) =>
      new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(path, resolve);
      }),
  );
}

function exchange(path: string, request: string): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path, () => {
      socket.write(`${request}\n`);
      readLine(socket).then(resolve, reject);
    });
    socket.setTimeout(ANSWERED_WITHIN_MS, () => socket.destroy(new Refusal('unavailable')));
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(null);
      else reject(error);
    });
  });
}

/** Its first line; iterating over the socket would destroy it before the answer is written. */
function readLine(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (part: string) => {
      text += part;
      const end = text.indexOf('\n');
      if (end >= 0) resolve(text.slice(0, end));
      else if (text.length > MAX_LINE_BYTES) reject(new Refusal('invalid_request'));
    });
    socket.once('close', () => reject(new Refusal('unavailable')));
  });
}

/** A data directory may lie deeper than a socket's path can say; through its descriptor the path is short. */
async function withSocketPath<Result>(
  dataDir: string,
  work: (path: string) => Promise<Result>,
): Promise<Result> {
  const direct = join(dataDir, SOCKET_NAME);
  if (Buffer.byteLength(direct) < MAX_SOCKET_PATH_BYTES) return work(direct);
  const descriptor = openSync(dataDir, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    return await work(`/proc/self/fd/${descriptor}/${SOCKET_NAME}`);
  } finally {
    closeSync(descriptor);
  }
}
