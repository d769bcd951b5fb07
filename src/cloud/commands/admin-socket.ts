// The way to a running server for whoever may open its data directory: one JSON line there, one back.
import { join } from 'node:path';
import { z } from 'zod';
import { askLine, NoLine, serveLines } from '../../local-socket/line-socket.ts';
import { decode } from '../../protocol/decode.ts';
import { Refusal, isRefusalCode } from '../../protocol/errors.ts';
import { AdminAnswer, AdminRequest, type Admin } from './admin.ts';

const SOCKET_NAME = 'admin.sock';
/** Proving a long audit trail takes a while. */
const ANSWERED_WITHIN_MS = 10 * 60_000;

const Reply = z.union([
  z.object({ ok: z.literal(true), answer: AdminAnswer }),
  z.object({ ok: z.literal(false), code: z.string(), message: z.string() }),
]);

/** Serves `admin` in `dataDir`; the returned function ends it. The directory must be held by this process. */
export function serveAdmin(dataDir: string, admin: Admin): Promise<() => Promise<void>> {
  return serveLines(join(dataDir, SOCKET_NAME), async (line) => {
    try {
      const request = decode(AdminRequest, JSON.parse(line), 'the request');
      return JSON.stringify({ ok: true, answer: await admin(request) });
    } catch (error) {
      const refusal = error instanceof Refusal ? error : new Refusal('internal');
      return JSON.stringify({ ok: false, code: refusal.code, message: refusal.message });
    }
  });
}

/** Asks the server of `dataDir`; null when none listens there. */
export async function askAdmin(dataDir: string, request: AdminRequest): Promise<AdminAnswer | null> {
  const line = await askLine(join(dataDir, SOCKET_NAME), JSON.stringify(request), ANSWERED_WITHIN_MS).catch(
    (error: unknown) => {
      throw error instanceof NoLine ? new Refusal('unavailable') : error;
    },
  );
  if (line === null) return null;
  const reply = decode(Reply, JSON.parse(line), 'the answer of the running emisar-cloud', 'internal');
  if (reply.ok) return reply.answer;
  throw new Refusal(isRefusalCode(reply.code) ? reply.code : 'internal', reply.message);
}
