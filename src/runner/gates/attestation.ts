// A signed dispatch as it stands on the wire (attestation v5), and the bytes that its two signatures cover.
// Whether it is to be believed is signature.ts's.
import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { sha256Hex } from '../../packs/hash.ts';
import { encodeLikeGo } from '../../protocol/go-json.ts';

export const ATTESTATION_VERSION = 'emisar-attestation-v5';
export const ATTESTATION_TOOL = 'run_action';
const CERTIFICATE_VERSION = 'emisar-cert-v2';

const text = z.string();

export const Certificate = z.looseObject({
  ca_id: text,
  key_id: text,
  public_key: text,
  valid_from: text,
  valid_until: text,
  scope: z.looseObject({ group: text.optional(), labels: z.record(text, text).nullish() }),
  serial: text,
  sig: text,
});
export type Certificate = z.infer<typeof Certificate>;

export const Attestation = z.looseObject({
  version: text,
  tool: text,
  portal_origin: text,
  action_id: text,
  pack_ref: text,
  args_sha256: text,
  runner_refs: z.array(text),
  reason: text,
  evidence_sha256: text,
  expected_sha256: text,
  operation_id: text,
  sig: text,
  nonce: text,
  issued_at: text,
  cert: Certificate,
});
export type Attestation = z.infer<typeof Attestation>;

/** What the leaf key signs, in the order of keys that is signed. */
export function claimBytes(attestation: Attestation): Buffer {
  const claim = {
    version: attestation.version,
    tool: attestation.tool,
    portal_origin: attestation.portal_origin,
    action_id: attestation.action_id,
    pack_ref: attestation.pack_ref,
    args_sha256: attestation.args_sha256,
    runner_refs_sha256: digestOf(attestation.runner_refs),
    reason: attestation.reason,
    evidence_sha256: attestation.evidence_sha256,
    expected_sha256: attestation.expected_sha256,
    operation_id: attestation.operation_id,
    nonce: attestation.nonce,
    issued_at: attestation.issued_at,
  };
  return Buffer.from(encodeLikeGo(claim));
}

/** What the authority signs. */
export function certificateBytes(cert: Certificate): Buffer {
  const claim = {
    version: CERTIFICATE_VERSION,
    ca_id: cert.ca_id,
    key_id: cert.key_id,
    public_key: cert.public_key,
    valid_from: cert.valid_from,
    valid_until: cert.valid_until,
    scope_sha256: digestOf(scopeInOrder(cert.scope)),
    serial: cert.serial,
  };
  return Buffer.from(encodeLikeGo(claim));
}

function scopeInOrder({ group, labels }: Certificate['scope']): object {
  const sorted = Object.entries(labels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    ...(group !== undefined && group !== '' && { group }),
    ...(sorted.length > 0 && { labels: Object.fromEntries(sorted) }),
  };
}

function digestOf(value: unknown): string {
  return sha256Hex(Buffer.from(encodeLikeGo(value)));
}

/** `<runner name>~<this>` is how a dispatch names a runner: bound to its identity, not to its name alone. */
export function runnerRefSuffix(externalId: string): string {
  return sha256Hex(Buffer.from(externalId)).slice(0, 32);
}

// The fixed head of an Ed25519 key in DER, before its 32 bytes.
const spkiHead = Buffer.from('302a300506032b6570032100', 'hex');

/** An Ed25519 key from 64 hex digits; null when it is none. */
export function ed25519Key(hex: string): KeyObject | null {
  if (!/^[0-9a-fA-F]{64}$/.test(hex)) return null;
  return createPublicKey({
    key: Buffer.concat([spkiHead, Buffer.from(hex, 'hex')]),
    format: 'der',
    type: 'spki',
  });
}

/** True when `signature` (128 lower hex digits) is that of `bytes` by `key`. */
export function isSignedBy(key: KeyObject, bytes: Buffer, signature: string): boolean {
  return /^[0-9a-f]{128}$/.test(signature) && verify(null, bytes, key, Buffer.from(signature, 'hex'));
}
