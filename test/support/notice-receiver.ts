// A real https server that takes notices down, and answers as a test wants it to.
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createCertificate } from './certificate.ts';
import { until } from './until.ts';

export interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
  /** The body as JSON. */
  json: Record<string, unknown>;
}

export interface NoticeReceiver extends AsyncDisposable {
  readonly port: number;
  /** By the name that its certificate carries. */
  readonly url: string;
  readonly ca: string;
  readonly received: Received[];
  /** How it answers from now on; 200 at first. */
  answer: (response: ServerResponse) => void;
  /** The one after so many, waited for. */
  next(after?: number): Promise<Received>;
}

export interface ReceiverOptions {
  plain?: boolean;
  port?: number;
  /** With a certificate that `ca` does not vouch for. */
  stranger?: boolean;
}

export const RECEIVER_NAME = 'hooks.example.net';
const makeCertificate = () => createCertificate([RECEIVER_NAME, 'localhost'], ['127.0.0.1']);
const certificate = makeCertificate();

export async function startReceiver(options: ReceiverOptions = {}): Promise<NoticeReceiver> {
  const { cert, key } = options.stranger ? makeCertificate() : certificate;
  const received: Received[] = [];
  const server = options.plain ? createServer() : createTlsServer({ cert, key });
  const receiver: NoticeReceiver = {
    get port() {
      return (server.address() as AddressInfo).port;
    },
    get url() {
      return options.plain
        ? `http://127.0.0.1:${receiver.port}/hook`
        : `https://${RECEIVER_NAME}:${receiver.port}/services/T0/B0/hidden`;
    },
    ca: certificate.cert,
    received,
    answer: (response) => void response.writeHead(200).end('ok'),
    next: (after = 0) => until('a notice comes', () => received[after]),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  server.on('request', (request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts).toString('utf8');
      const json = JSON.parse(body) as Record<string, unknown>;
      received.push({ path: request.url ?? '', headers: request.headers, body, json });
      receiver.answer(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  return receiver;
}
