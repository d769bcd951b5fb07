// The signature gate: whether a person that this host's own certificate authority vouches for asked for exactly
// this action, here and lately. Judged before anything else of a dispatch; one order, one code for each refusal.
import type { KeyObject } from 'node:crypto';
import { ExactJsonError, decodeExactJson, isExactObject } from '../../packs/exact-json.ts';
import { sha256Hex } from '../../packs/hash.ts';
import {
  Attestation,
  ATTESTATION_TOOL,
  ATTESTATION_VERSION,
  certificateBytes,
  claimBytes,
  ed25519Key,
  isSignedBy,
  runnerRefSuffix,
  type Certificate,
} from './attestation.ts';
import type { NonceStore } from './nonce-store.ts';
import { parseRfc3339 } from './rfc3339.ts';

/** Stable codes of a refusal, with what they mean, in the order in which they are found. */
export const signatureRefusals = {
  signature_required: 'this host runs signed dispatches only, and this one is not signed',
  attestation_version: 'the attestation is of another version',
  attestation_tool: 'the attestation is for another tool',
  portal_mismatch: 'the attestation is for another control plane',
  intent_mismatch: 'the dispatch is not the one that was signed',
  invalid_args: 'the arguments are not a JSON object',
  target_mismatch: 'the attestation does not name this runner',
  bad_nonce: 'the nonce is not 32 lower-case hex digits',
  cert_untrusted: 'the certificate is not from an authority that this host trusts',
  cert_expired: 'the certificate is not valid now',
  cert_scope: 'the certificate is not for this host',
  bad_issued_at: 'the time of issue is not an RFC 3339 time',
  stale: 'the attestation is too old, or the clocks differ too much',
  bad_signature: 'the signature does not match',
  nonce_store_unavailable: 'the record of used attestations cannot be written',
  replayed: 'this attestation was used before',
} as const;
export type SignatureRefusal = keyof typeof signatureRefusals;

export interface SignedFacts {
  readonly actionId: string;
  /** The arguments exactly as they came. */
  readonly argsText: string;
  readonly packRef: string;
  readonly operationId: string;
  readonly reason: string;
  /** True when the dispatch asks for other limits than the action's own. */
  readonly hasOptions: boolean;
  readonly attestation: unknown;
}

export interface TrustedAuthority {
  readonly caId: string;
  /** 64 hex digits. */
  readonly publicKey: string;
}

export interface SignatureRules {
  readonly authorities: readonly TrustedAuthority[];
  readonly maxAgeMs: number;
  /** Scheme and host of the control plane, as originOf gives it. */
  readonly origin: string;
  readonly externalId: string;
  readonly group: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Null when the dispatch may go on. Its nonce is used up by that. */
export async function judgeSignature(
  rules: SignatureRules,
  facts: SignedFacts,
  nowMs: number,
  nonces: NonceStore,
): Promise<SignatureRefusal | null> {
  const read = readAttestation(facts);
  if (typeof read === 'string') return read;
  const issuedAt = parseRfc3339(read.issued_at);
  const refusal =
    intentFault(rules, facts, read) ??
    targetFault(rules, read) ??
    (/^[0-9a-f]{32}$/.test(read.nonce) ? null : 'bad_nonce') ??
    certificateFault(rules, read.cert, nowMs) ??
    ageFault(rules, issuedAt, nowMs) ??
    claimFault(read);
  if (refusal !== null) return refusal;
  return spendNonce(nonces, read.nonce, issuedAt ?? nowMs, nowMs);
}

function readAttestation(facts: SignedFacts): Attestation | SignatureRefusal {
  const { attestation } = facts;
  if (typeof attestation !== 'object' || attestation === null) return 'signature_required';
  // Options are not signed, so they could turn a signed dispatch into another one.
  if (facts.hasOptions) return 'intent_mismatch';
  const { cert, version, tool } = attestation as Record<string, unknown>;
  if (typeof cert !== 'object' || cert === null) return 'signature_required';
  if (version !== ATTESTATION_VERSION) return 'attestation_version';
  if (tool !== ATTESTATION_TOOL) return 'attestation_tool';
  return Attestation.safeParse(attestation).data ?? 'bad_signature';
}

function intentFault(
  rules: SignatureRules,
  facts: SignedFacts,
  signed: Attestation,
): SignatureRefusal | null {
  if (signed.portal_origin !== rules.origin) return 'portal_mismatch';
  const pairs = [
    [signed.action_id, facts.actionId],
    [signed.pack_ref, facts.packRef],
    [signed.reason, facts.reason],
    [signed.operation_id, facts.operationId],
  ] as const;
  if (pairs.some(([ours, theirs]) => ours === '' || ours !== theirs)) return 'intent_mismatch';
  if (!isJsonObject(facts.argsText)) return 'invalid_args';
  return signed.args_sha256 === sha256Hex(Buffer.from(facts.argsText)) ? null : 'intent_mismatch';
}

function isJsonObject(text: string): boolean {
  try {
    return isExactObject(decodeExactJson(text));
  } catch (error) {
    if (error instanceof ExactJsonError) return false;
    throw error;
  }
}

const MAX_REFS = 16;
const MAX_REF_BYTES = 113;
const refForm = /^[A-Za-z0-9][A-Za-z0-9._-]{0,79}~[0-9a-f]{32}$/;

function targetFault(rules: SignatureRules, { runner_refs: refs }: Attestation): SignatureRefusal | null {
  const isCanonical =
    refs.length >= 1 &&
    refs.length <= MAX_REFS &&
    refs.every((ref, place) => {
      const before = refs[place - 1];
      return refForm.test(ref) && ref.length <= MAX_REF_BYTES && (before === undefined || before < ref);
    });
  const suffix = `~${runnerRefSuffix(rules.externalId)}`;
  const naming = refs.filter((ref) => ref.endsWith(suffix)).length;
  return isCanonical && naming === 1 ? null : 'target_mismatch';
}

function certificateFault(rules: SignatureRules, cert: Certificate, nowMs: number): SignatureRefusal | null {
  const authority = rules.authorities.find(({ caId }) => caId === cert.ca_id);
  const key = authority ? ed25519Key(authority.publicKey) : null;
  if (!key || !isSignedBy(key, certificateBytes(cert), cert.sig)) return 'cert_untrusted';
  const from = parseRfc3339(cert.valid_from);
  const until = parseRfc3339(cert.valid_until);
  if (from === null || until === null || nowMs < from || nowMs > until) return 'cert_expired';
  return isInScope(rules, cert.scope) ? null : 'cert_scope';
}

function isInScope(rules: SignatureRules, { group, labels }: Certificate['scope']): boolean {
  if (group !== undefined && group !== '' && group !== rules.group) return false;
  return Object.entries(labels ?? {}).every(
    ([name, value]) => Object.hasOwn(rules.labels, name) && rules.labels[name] === value,
  );
}

function ageFault(rules: SignatureRules, issuedAt: number | null, nowMs: number): SignatureRefusal | null {
  if (issuedAt === null) return 'bad_issued_at';
  return Math.abs(nowMs - issuedAt) > rules.maxAgeMs ? 'stale' : null;
}

function claimFault(signed: Attestation): SignatureRefusal | null {
  const key: KeyObject | null = ed25519Key(signed.cert.public_key);
  const digests = [signed.args_sha256, signed.evidence_sha256, signed.expected_sha256];
  const hasDigests = digests.every((digest) => /^[0-9a-f]{64}$/.test(digest));
  return key && hasDigests && isSignedBy(key, claimBytes(signed), signed.sig) ? null : 'bad_signature';
}

async function spendNonce(
  nonces: NonceStore,
  nonce: string,
  issuedAt: number,
  nowMs: number,
): Promise<SignatureRefusal | null> {
  try {
    return (await nonces.use(nonce, issuedAt, nowMs)) ? null : 'replayed';
  } catch {
    return 'nonce_store_unavailable';
  }
}

/** Lower-case scheme and host of `cloud.url`: ws as http, without a default port and without a path. */
export function originOf(cloudUrl: string): string {
  const url = new URL(cloudUrl.replace(/^ws(s?):/i, 'http$1:'));
  return url.origin;
}
