// The answer to an upgrade that is refused: a plain HTTP response on the raw socket.
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { VERSION } from '../config.ts';

/** Writes `body` as JSON with that status and ends the connection. */
export function refuseUpgrade(socket: Duplex, status: number, body: object, type = 'application/json'): void {
  const text = JSON.stringify(body);
  socket.on('error', () => socket.destroy());
  socket.once('finish', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n` +
      `content-type: ${type}\r\n` +
      `content-length: ${Buffer.byteLength(text)}\r\n` +
      `emisar-server: ${VERSION}\r\n` +
      'connection: close\r\n\r\n' +
      text,
  );
}
