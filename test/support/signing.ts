// A certificate authority, its leaf and signed dispatches, made here from seeds: what an operator's signing
// bridge would do.
import { createHash, createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto';
import {
  certificateBytes,
  claimBytes,
  runnerRefSuffix,
  type Attestation,
  type Certificate,
} from '../../src/runner/gates/attestation.ts';

export interface SigningKey {
  readonly privateKey: KeyObject;
  /** 64 hex digits. */
  readonly publicKey: string;
}

const pkcs8Head = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The Ed25519 key of a seed of 32 equal bytes. */
export function keyOfSeed(byte: number): SigningKey {
  const der = Buffer.concat([pkcs8Head, Buffer.alloc(32, byte)]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return { privateKey, publicKey: spki.subarray(-32).toString('hex') };
}

export const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
export const signatureOf = (key: SigningKey, bytes: Buffer) =>
  sign(null, bytes, key.privateKey).toString('hex');

export const authority = keyOfSeed(0x01);
export const leaf = keyOfSeed(0x42);

export function certificate(change: Partial<Certificate> = {}, by: SigningKey = authority): Certificate {
  const cert: Certificate = {
    ca_id: 'ca-main',
    key_id: 'op-1',
    public_key: leaf.publicKey,
    valid_from: '2029-12-31T00:00:00Z',
    valid_until: '2030-12-31T00:00:00Z',
    scope: {},
    serial: '01',
    sig: '',
    ...change,
  };
  return { ...cert, sig: change.sig ?? signatureOf(by, certificateBytes(cert)) };
}

export interface Intent {
  readonly origin: string;
  readonly externalId: string;
  readonly actionId: string;
  readonly packRef: string;
  readonly argsText: string;
  readonly reason: string;
  readonly operationId: string;
}

/** A signed attestation of `intent`; `change` is applied before it is signed. */
export function attest(
  intent: Intent,
  change: Partial<Attestation> = {},
  by: SigningKey = leaf,
): Attestation {
  const attestation: Attestation = {
    version: 'emisar-attestation-v5',
    tool: 'run_action',
    portal_origin: intent.origin,
    action_id: intent.actionId,
    pack_ref: intent.packRef,
    args_sha256: sha256(intent.argsText),
    runner_refs: [`web-1~${runnerRefSuffix(intent.externalId)}`],
    reason: intent.reason,
    evidence_sha256: sha256(''),
    expected_sha256: sha256(''),
    operation_id: intent.operationId,
    nonce: '0f'.repeat(16),
    issued_at: '2030-01-02T03:04:05Z',
    cert: certificate(),
    sig: '',
    ...change,
  };
  return { ...attestation, sig: change.sig ?? signatureOf(by, claimBytes(attestation)) };
}
