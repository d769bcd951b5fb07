// The signing section of config.yaml: whether this host runs signed dispatches only, and whom it believes.
import type { Fields } from '../packs/fields.ts';

export interface SigningConfig {
  readonly isEnforced: boolean;
  readonly authorities: readonly { readonly caId: string; readonly publicKey: string }[];
  readonly maxAgeMs: number;
}

const DAY_MS = 86_400_000;
/** What the wire can say of an age, in whole seconds. */
const LONGEST_AGE_SECONDS = 2n ** 31n - 1n;

export const signingDefaults: SigningConfig = { isEnforced: false, authorities: [], maxAgeMs: DAY_MS };

export function decodeSigning(root: Fields): SigningConfig {
  const section = root.optionalMap('signing', ['enforce_signatures', 'trusted_cas', 'max_attestation_age']);
  if (!section) return signingDefaults;
  const authorities = section.maps('trusted_cas', ['ca_id', 'public_key']).map(decodeAuthority);
  if (new Set(authorities.map(({ caId }) => caId)).size < authorities.length)
    throw section.problem('trusted_cas', 'unique', 'must not name an authority twice');
  const isEnforced = section.boolean('enforce_signatures');
  // A host that asks for signed dispatches must not start as one that cannot tell them apart.
  if (isEnforced && authorities.length === 0)
    throw section.problem('trusted_cas', 'required', 'must name an authority where signatures are enforced');
  return { isEnforced, authorities, maxAgeMs: decodeAge(section) };
}

function decodeAuthority(fields: Fields): SigningConfig['authorities'][number] {
  const caId = fields.string('ca_id').trim();
  if (caId === '') throw fields.problem('ca_id', 'required', 'must not be blank');
  const publicKey = fields.string('public_key').toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(publicKey))
    throw fields.problem('public_key', 'hex', 'must be the 64 hex digits of an Ed25519 key');
  return { caId, publicKey };
}

function decodeAge(section: Fields): number {
  const ageNs = section.duration('max_attestation_age') ?? 0n;
  if (ageNs <= 0n) return signingDefaults.maxAgeMs;
  const seconds = ageNs / 1_000_000_000n;
  if (seconds < 1n || seconds > LONGEST_AGE_SECONDS)
    throw section.problem('max_attestation_age', 'range', 'must be at least 1s and at most 2147483647s');
  return Number(seconds) * 1_000;
}
