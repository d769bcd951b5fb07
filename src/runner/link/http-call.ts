// One HTTP request on a connection of its own, redirects not followed. With Node's own client: it is loaded
// for the socket in any case, and a second one would cost a quiet runner a sixth of its memory.
import type { IncomingMessage } from 'node:http';

// Imported as an ES module `node:http` would load everything it names, the whole of fetch and WebSocket too.
const http = process.getBuiltinModule('node:http');
const https = process.getBuiltinModule('node:https');

export interface HttpCall {
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | null;
  /** PEM of a private certificate authority. */
  readonly ca?: string;
  /** Ends the call, also while its answer is read. */
  readonly signal: AbortSignal;
}

/** Resolves with the head of the answer; whoever does not read the rest aborts the signal. */
export function sendCall(
  url: URL,
  { method, headers, body, ca, signal }: HttpCall,
): Promise<IncomingMessage> {
  const isTls = url.protocol === 'https:';
  const text = body ?? '';
  const length = method === 'POST' ? { 'content-length': String(Buffer.byteLength(text)) } : {};
  const tls = { minVersion: 'TLSv1.2' as const, ...(ca === undefined ? {} : { ca }) };
  const wish = { method, headers: { ...headers, ...length }, signal, agent: false, ...(isTls && tls) };
  return new Promise((resolve, reject) => {
    const request = (isTls ? https : http).request(url, wish, resolve);
    request.on('error', reject);
    request.end(text);
  });
}
