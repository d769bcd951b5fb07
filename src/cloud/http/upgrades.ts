// Where an upgrade goes: runners to the gateway, consoles to the event stream, anything else nowhere.
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { WebSocketServer, type WebSocket } from 'ws';
import { Refusal } from '../../protocol/errors.ts';
import { STREAM_CLOSE_UNAUTHORIZED } from '../../protocol/events.ts';
import { API_PREFIX } from '../../protocol/version.ts';
import type { Gateway } from '../gateway/gateway.ts';
import type { Caller } from './bound-route.ts';
import { PROBLEM_TYPE, problemOf } from './problem.ts';
import { refuseUpgrade } from './refuse-upgrade.ts';

const MAX_REQUEST_BYTES = 64 * 1024;

/** The event stream, as far as a socket needs it. */
export interface StreamDoor {
  attach(socket: WebSocket, caller: Caller): void;
}

export function routeUpgrades(
  server: Server,
  parts: {
    gateway: Gateway;
    stream: StreamDoor;
    /** Who asks; a Refusal when nobody known. */
    callerOf: (request: IncomingMessage, address: string) => Promise<Caller>;
    addressOf: (request: IncomingMessage) => string;
    isStopping: () => boolean;
    log: Logger;
  },
): void {
  const streams = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_REQUEST_BYTES,
    clientTracking: false,
  });
  const refuse = (socket: Duplex, refusal: Refusal) => {
    refuseUpgrade(socket, refusal.status, problemOf(refusal), PROBLEM_TYPE);
  };
  const openStream = async (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    try {
      if (parts.isStopping()) throw new Refusal('unavailable');
      const ask = () => parts.callerOf(request, parts.addressOf(request));
      const caller = await ask();
      streams.handleUpgrade(request, socket, head, (webSocket) => {
        parts.stream.attach(webSocket, caller);
        // A token that ended between the question and the attaching was told to nobody.
        ask().catch(() => webSocket.close(STREAM_CLOSE_UNAUTHORIZED, 'the token has ended'));
      });
    } catch (error) {
      if (!(error instanceof Refusal)) parts.log.error({ err: error }, 'stream not opened');
      refuse(socket, error instanceof Refusal ? error : new Refusal('internal'));
    }
  };
  server.on('upgrade', (request, socket, head) => {
    // Whoever hangs up while we look at the token must not take the process down.
    socket.on('error', () => socket.destroy());
    const path = (request.url ?? '').split('?', 1)[0];
    if (path === '/runner/socket/websocket')
      void parts.gateway.accept(request, socket, head, parts.addressOf(request));
    else if (path === `${API_PREFIX}/stream`) void openStream(request, socket, head);
    else refuse(socket, new Refusal('not_found'));
  });
}
