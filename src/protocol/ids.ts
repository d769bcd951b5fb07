// How identifiers and secrets look, and how they are made. What they stand for is their noun's business.
// Ids are random, never sequential: an id must not tell how much happens outside one's scope.

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

export type AccountId = Branded<'account'>;
export type MemberId = Branded<'member'>;
export type RunnerId = Branded<'runner'>;
export type RunId = Branded<'run'>;
export type OperationId = Branded<'operation'>;
export type EnrollmentKeyId = Branded<'enrollment_key'>;
export type PackVersionId = Branded<'pack_version'>;
export type OperatorTokenId = Branded<'operator_token'>;
export type RunnerTokenId = Branded<'runner_token'>;
export type AuditEventId = Branded<'audit_event'>;
/** Correlation id of one run on the runner wire: `req_` and 22 base64url characters. */
export type RequestId = Branded<'request'>;

/** Returns `length` bytes of cryptographic randomness. */
export type RandomBytes = (length: number) => Uint8Array;

const prefixes = {
  account: 'acc',
  member: 'mem',
  runner: 'rnr',
  run: 'run',
  operation: 'op',
  enrollment_key: 'key',
  pack_version: 'pkv',
  operator_token: 'tok',
  runner_token: 'rtk',
  audit_event: 'aud',
  invitation: 'inv',
  approval: 'apr',
  grant: 'grt',
  device: 'dev',
  webhook: 'whk',
  delivery: 'dlv',
  node: 'nod',
} as const;

export type IdKind = keyof typeof prefixes;
export type IdOf<Kind extends IdKind> = Branded<Kind>;

const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A fresh id such as `run_0K3…`: the kind's prefix and 26 random Crockford characters (130 bits). */
export function createId<Kind extends IdKind>(kind: Kind, random: RandomBytes): IdOf<Kind> {
  let text = `${prefixes[kind]}_`;
  for (const byte of random(26)) text += crockford.charAt(byte & 31);
  return text as IdOf<Kind>;
}

/** True when `text` has the shape of an id of that kind; says nothing about its existence. */
export function isId<Kind extends IdKind>(kind: Kind, text: string): text is IdOf<Kind> {
  return new RegExp(`^${prefixes[kind]}_[${crockford}]{26}$`).test(text);
}

/** Unpadded URL-safe base64, as every secret and request id uses it. */
export function base64url(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

export function createRequestId(random: RandomBytes): RequestId {
  return `req_${base64url(random(16))}` as RequestId;
}

const REQUEST_ID = /^req_[A-Za-z0-9_-]{22}$/;
/** The only shape the control plane accepts from a runner (wire protocol 1). */
export function isRequestId(text: string): text is RequestId {
  return REQUEST_ID.test(text);
}

/** What kinds of secret exist, their tag, and how many leading characters are kept to look them up. */
export const secretKinds = {
  operator_token: { tag: 'emop-', lookupLength: 12 },
  runner_token: { tag: 'rnrtok-', lookupLength: 12 },
  enrollment_key: { tag: 'emkey-auth-', lookupLength: 27 },
  invitation: { tag: 'eminv-', lookupLength: 14 },
  device: { tag: 'emdev-', lookupLength: 14 },
  /** The one kind that is stored as it is, because it signs (SPEC NO3); nothing is looked up by it. */
  webhook: { tag: 'emwhk-', lookupLength: 14 },
} as const;
export type SecretKind = keyof typeof secretKinds;

/** A fresh secret: the tag and 43 base64url characters (256 bits). Shown once, stored as a hash where it need not sign. */
export function createSecret(kind: SecretKind, random: RandomBytes): string {
  return secretKinds[kind].tag + base64url(random(32));
}

/**
 * The leading slice by which a presented secret is looked up, or null when it cannot be one.
 * Enrolment keys keep 16 random characters whatever spelling their tag has (`emkey-enroll-` is older).
 */
export function secretLookup(kind: SecretKind, secret: string): string | null {
  const older = 'emkey-enroll-';
  const length =
    kind === 'enrollment_key' && secret.startsWith(older)
      ? older.length + 16
      : secretKinds[kind].lookupLength;
  return secret.length > length && secret.length <= 128 ? secret.slice(0, length) : null;
}
