// A certificate made for one test, its own authority, for the names and addresses that the test serves.
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

export interface Certificate {
  /** PEM; the same text is the authority by which it is trusted. */
  readonly cert: string;
  readonly key: string;
}

/** ECDSA P-256 over SHA-256, good for this century. */
export function createCertificate(names: readonly string[], addresses: readonly string[] = []): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const issuer = sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from('emisar test')))));
  const signedWith = sequence(oid('2a8648ce3d040302'));
  const time = (text: string) => der(0x18, Buffer.from(text));
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    signedWith,
    issuer,
    sequence(time('20000101000000Z'), time('20991231235959Z')),
    issuer,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(isAuthority(), alternativeNames(names, addresses))),
  );
  const signature = sign('sha256', body, privateKey);
  const whole = sequence(body, signedWith, der(0x03, Buffer.concat([Buffer.from([0]), signature])));
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
    key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
  };
}

function isAuthority(): Buffer {
  const value = sequence(der(0x01, Buffer.from([0xff])));
  return sequence(oid('551d13'), der(0x01, Buffer.from([0xff])), der(0x04, value));
}

function alternativeNames(names: readonly string[], addresses: readonly string[]): Buffer {
  const dns = names.map((name) => der(0x82, Buffer.from(name)));
  const ip = addresses.map((address) => der(0x87, Buffer.from(address.split('.').map(Number))));
  return sequence(oid('551d11'), der(0x04, sequence(...dns, ...ip)));
}

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}

function der(tag: number, value: Buffer): Buffer {
  const { length } = value;
  const head =
    length < 0x80
      ? [tag, length]
      : length < 0x100
        ? [tag, 0x81, length]
        : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(head), value]);
}
