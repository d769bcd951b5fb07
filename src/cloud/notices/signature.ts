// The signature of a notice: HMAC-SHA256 over instant and body, with every secret that is good now.
import { createHmac } from 'node:crypto';
import { signatureHeader, signedText } from '../../protocol/webhook.ts';

export interface SigningSecrets {
  secret: string;
  previous: string | null;
  previous_until: number | null;
}

export function signatureOf(secrets: SigningSecrets, body: string, now: number): string {
  const atSeconds = Math.floor(now / 1000);
  const good = [secrets.secret];
  if (secrets.previous !== null && (secrets.previous_until ?? 0) > now) good.push(secrets.previous);
  return signatureHeader(
    atSeconds,
    good.map((secret) => createHmac('sha256', secret).update(signedText(atSeconds, body)).digest('hex')),
  );
}
