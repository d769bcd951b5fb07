// One socket to the event stream, from dialling to its end: text in, replies out. A new one every time,
// so that names are resolved again and nothing of a broken network is reused.
import type { IncomingMessage } from 'node:http';
import WebSocket from 'ws';
import { StreamReply, STREAM_CLOSE_UNAUTHORIZED, type StreamRequest } from '../../protocol/events.ts';
import { Refusal } from '../../protocol/errors.ts';
import { hostOf, streamUrl } from './address.ts';
import { jsonOf, problemOf } from './answer.ts';
import { speakingFor } from './api.ts';

/** A snapshot of 10,000 runners takes about 10 MiB. */
const MAX_FRAME_BYTES = 64 * 1024 * 1024;
const MAX_PROBLEM_BYTES = 64 * 1024;

export interface ConnectionHooks {
  /** Any frame at all came. */
  heard(): void;
  reply(reply: StreamReply): void;
  /** An event that this build does not know: it counts, but changes nothing here. */
  unknownEvent(id: number, seq: number, cursor: string): void;
  /** The one end: with a refusal when the server said no, otherwise in a few words. */
  ended(because: string, refusal: Refusal | null): void;
}

export interface StreamConnection {
  send(request: StreamRequest): void;
  /** Lets go at once, without waiting for the other side; `ended` is not called after it. */
  drop(): void;
}

export interface DialOptions {
  readonly url: string;
  readonly token: string;
  readonly as?: string | undefined;
  readonly ca?: string | undefined;
}

export function dialStream({ url, token, as, ca }: DialOptions, hooks: ConnectionHooks): StreamConnection {
  const socket = new WebSocket(streamUrl(url), {
    headers: speakingFor({ token, as }),
    perMessageDeflate: false,
    followRedirects: false,
    maxPayload: MAX_FRAME_BYTES,
    ...(ca === undefined ? {} : { ca }),
  });
  let over = false;
  const end = (because: string, refusal: Refusal | null) => {
    if (over) return;
    over = true;
    socket.terminate();
    hooks.ended(because, refusal);
  };

  socket.on('message', (content) => {
    if (over) return;
    hooks.heard();
    const problem = takeFrame(String(content), hooks);
    if (problem !== null) end(problem, null);
  });
  socket.on('unexpected-response', (_request, response) => {
    void readRefusal(response, hostOf(url)).then((refusal) => end(refusal.message, refusal));
  });
  socket.on('error', (error) => end(errorWords(error), null));
  socket.on('close', (code) => {
    const unauthorized = code === STREAM_CLOSE_UNAUTHORIZED;
    end(`the connection was closed (${code})`, unauthorized ? new Refusal('token_invalid') : null);
  });

  return {
    send(request) {
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(request));
    },
    drop() {
      over = true;
      socket.terminate();
    },
  };
}

/** Null when the frame was taken; otherwise why the other side cannot be an event stream. */
function takeFrame(text: string, hooks: ConnectionHooks): string | null {
  const frame = jsonOf(text);
  const decoded = StreamReply.safeParse(frame);
  if (decoded.success) {
    hooks.reply(decoded.data);
    return null;
  }
  if (typeof frame !== 'object' || frame === null) return 'it does not speak the event stream';
  const { type, id, seq, cursor } = frame as Record<string, unknown>;
  if (type === 'hello') return 'it is not an emisar control plane';
  if (type === 'event' && typeof id === 'number' && typeof seq === 'number' && typeof cursor === 'string') {
    hooks.unknownEvent(id, seq, cursor);
  }
  return null;
}

async function readRefusal(response: IncomingMessage, host: string): Promise<Refusal> {
  let text = '';
  try {
    for await (const part of response) {
      text += String(part);
      if (text.length > MAX_PROBLEM_BYTES) break;
    }
  } catch {
    // Half an answer is judged by its status.
  }
  const refusal = problemOf(response.statusCode ?? 0, response.headers, jsonOf(text), host);
  const { statusCode } = response;
  if (refusal.status === statusCode) return refusal;
  if (statusCode === 401) return new Refusal('token_invalid');
  return statusCode === 403 ? new Refusal('insufficient_privileges') : refusal;
}

function errorWords(error: Error): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : error.message;
}
