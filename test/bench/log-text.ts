// Text as logs hold it: requests, kernel messages, JSON lines, authentication; words that masking looks
// closer at in most places, and a real secret in one line of a hundred.

const lines: readonly ((at: number) => string)[] = [
  (at) =>
    `2026-11-25T18:26:22.${100 + (at % 900)}Z INFO  [worker-${at % 16}] http: GET /api/v1/items?limit=100&cursor=${(at * 7919).toString(36)} 200 ${at % 97}ms`,
  (at) =>
    `Nov 25 18:26:${10 + (at % 50)} web-${at % 9} kernel: [${at}.123456] eth0: link up, 1000 Mbps, full-duplex, lpa 0xC5E1`,
  (at) =>
    `10.0.${at % 255}.${(at * 3) % 255} - - [25/Nov/2026:18:26:22 +0000] "GET /static/app.${at.toString(16)}.js HTTP/1.1" 200 ${(at * 113) % 99_999} "https://example.test/" "Mozilla/5.0 (X11; Linux x86_64)"`,
  (at) =>
    `{"level":30,"time":${1_764_095_182_000 + at},"pid":${at % 32_768},"hostname":"web-${at % 9}","msg":"request completed","path":"/v1/users/${at}"}`,
  (at) =>
    `sshd[${at % 32_768}]: Accepted publickey for deploy from 10.1.2.${at % 255} port ${30_000 + (at % 30_000)} ssh2`,
  (at) =>
    `cache: key user:${at}:profile hit=true ttl=${at % 3600}s url=https://cdn.example.test/p/${at}?größe=${at % 7}`,
];
const secret = (at: number): string =>
  `connect postgres://app:hunter${at}@db-1/app token=${at.toString(36)}abc Authorization: Bearer abcdefghij${at}`;

/** At least `sizeBytes` of whole lines. */
export function logText(sizeBytes: number): Buffer {
  const parts: string[] = [];
  let length = 0;
  for (let at = 0; length < sizeBytes; at += 1) {
    const line = at % 100 === 99 ? secret(at) : (lines[at % lines.length]?.(at) ?? '');
    parts.push(line, '\n');
    length += Buffer.byteLength(line) + 1;
  }
  return Buffer.from(parts.join(''));
}
