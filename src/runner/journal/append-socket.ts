// How another process appends while the daemon holds the journal: one JSON line there, one back, over a socket
// beside the journal that only its owner (and root) may open. The daemon decides about place and chain.
import { closeSync, constants, existsSync, openSync, rmSync } from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { errorCode } from '../host/durable-file.ts';
import { MAX_LINE_BYTES } from './event-text.ts';
import { eventTypes, type JournalEvent } from './event.ts';
import type { Journal } from './journal.ts';

const ANSWERED_WITHIN_MS = 10_000;
/** What the kernel takes as the path of a socket, with its end mark. */
const MAX_SOCKET_PATH_BYTES = 107;

/** The part that decides where a line stands is checked; what an event tells of itself is its writer's. */
const Event = z.looseObject({
  event_id: z.string().regex(/^evt_[0-9A-Z]{26}$/),
  time: z.string().max(40),
  event_type: z.enum(eventTypes),
  group: z.string(),
  runner_id: z.string(),
  caller: z.strictObject({}),
  prev_hash: z.never().optional(),
});
const Answer = z.union([
  z.object({ appended: z.literal(true) }),
  z.object({ appended: z.literal(false), because: z.string() }),
]);

function socketPath(journalPath: string): string {
  return `${journalPath}.sock`;
}

/** Takes events for `journal`, which this process must hold; the answer ends it. */
export async function serveAppends(journalPath: string, journal: Journal): Promise<() => Promise<void>> {
  const file = socketPath(journalPath);
  // Left by a process that was killed: the lock on the journal says that nobody listens there.
  rmSync(file, { force: true });
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    void answer(socket, journal);
  });
  await withShortPath(file, (path) => listenAt(server, path));
  return async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of open) socket.destroy();
    await closed;
    rmSync(file, { force: true });
  };
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

async function answer(socket: Socket, journal: Journal): Promise<void> {
  socket.on('error', () => socket.destroy());
  socket.setTimeout(ANSWERED_WITHIN_MS, () => socket.destroy());
  try {
    const event = Event.parse(JSON.parse(await firstLine(socket)));
    await journal.append(event as JournalEvent);
    socket.end('{"appended":true}\n');
  } catch (error) {
    const because = error instanceof z.ZodError ? 'this is no event of a local run' : String(error);
    socket.end(`${JSON.stringify({ appended: false, because })}\n`);
  }
}

/**
 * Lets the process that holds the journal append the event: true when it is on the disk, false when nobody
 * listens. Rejects when the answer is no or does not come; whether the event stands is then unknown.
 */
export async function askToAppend(journalPath: string, event: JournalEvent): Promise<boolean> {
  const file = socketPath(journalPath);
  if (!existsSync(file)) return false;
  const line = await withShortPath(file, (path) => exchange(path, `${JSON.stringify(event)}\n`));
  if (line === null) return false;
  const said = Answer.parse(JSON.parse(line));
  if (said.appended) return true;
  throw new Error(`the running emisar did not take the event: ${said.because}`);
}

/** Null when nobody listens. */
function exchange(path: string, request: string): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path, () => {
      socket.write(request);
      firstLine(socket).then(resolve, reject);
    });
    socket.setTimeout(ANSWERED_WITHIN_MS, () =>
      socket.destroy(new Error('no answer from the running emisar')),
    );
    socket.once('error', (error) => {
      if (['ECONNREFUSED', 'ENOENT'].includes(errorCode(error) ?? '')) resolve(null);
      else reject(error);
    });
  });
}

function firstLine(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (part: string) => {
      text += part;
      const end = text.indexOf('\n');
      if (end >= 0) resolve(text.slice(0, end));
      else if (text.length > MAX_LINE_BYTES) reject(new Error('the line is too long'));
    });
    socket.once('close', () => reject(new Error('the other side went away')));
  });
}

/** A journal may lie deeper than a socket's path can say; through its folder's descriptor the path is short. */
async function withShortPath<Result>(file: string, work: (path: string) => Promise<Result>): Promise<Result> {
  if (Buffer.byteLength(file) < MAX_SOCKET_PATH_BYTES) return work(file);
  const descriptor = openSync(dirname(file), constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    return await work(join('/proc/self/fd', String(descriptor), basename(file)));
  } finally {
    closeSync(descriptor);
  }
}
