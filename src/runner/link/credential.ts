// Which token the next dial presents: the stored one, its successor, or a new one for the enrollment key.
import { messageOf, type Log } from '../log.ts';
import type { CloudAddress } from './address.ts';
import {
  isSecret,
  register,
  refreshToken,
  type CallAnswer,
  type CallOptions,
  type RegistrationRequest,
} from './registration.ts';
import {
  keyFingerprint,
  readTokenFile,
  TokenFileRefused,
  writeTokenFile,
  type StoredToken,
} from './token-file.ts';

export interface Enrollment {
  readonly address: CloudAddress;
  readonly tokenPath: string;
  /** The enrollment key of the environment, or null when none was given. */
  readonly key: string | null;
  readonly identity: RegistrationRequest;
}

export type Credential =
  | { readonly kind: 'token'; readonly token: string }
  /** Trying again may help. */
  | { readonly kind: 'retry'; readonly because: string; readonly retryAfterMs: number }
  /** Only a person can help; the sentence names the fix. */
  | { readonly kind: 'hopeless'; readonly sentence: string };

/** Finds or obtains a token for the next dial. Never throws for anything the network or the disk does. */
export async function obtainToken(
  enrollment: Enrollment,
  log: Log,
  options: CallOptions,
): Promise<Credential> {
  let stored: StoredToken | null;
  try {
    stored = await readTokenFile(enrollment.tokenPath);
  } catch (error) {
    // A file that we refuse may still be what somebody needs: it is reported, not replaced.
    if (error instanceof TokenFileRefused) return { kind: 'retry', because: error.message, retryAfterMs: 0 };
    throw error;
  }
  if (stored === null || hasNewKey(stored, enrollment.key)) return enroll(enrollment, log, options);
  return { kind: 'token', token: await freshToken(stored, enrollment, log, options) };
}

/**
 * Asks for the successor once its stored time has come, for a connection that outlives it; the next dial uses it.
 * Without a time there is nothing to wait for: then it is asked for at the dial only.
 */
export async function refreshWhenDue(enrollment: Enrollment, log: Log, options: CallOptions): Promise<void> {
  const stored = await readTokenFile(enrollment.tokenPath).catch(() => null);
  if (stored?.refreshAfter) await freshToken(stored, enrollment, log, options);
}

function hasNewKey(stored: StoredToken, key: string | null): boolean {
  return key !== null && stored.keyFingerprint !== null && stored.keyFingerprint !== keyFingerprint(key);
}

async function enroll(enrollment: Enrollment, log: Log, options: CallOptions): Promise<Credential> {
  const { key } = enrollment;
  if (key === null) return { kind: 'hopeless', sentence: missingKey(enrollment.tokenPath) };
  if (!isSecret(key)) return { kind: 'hopeless', sentence: malformedKey };
  const answer = await register(enrollment.address.register, key, enrollment.identity, options);
  if (answer.kind !== 'issued') return registrationFault(answer);
  const stored = { ...answer.issued, keyFingerprint: keyFingerprint(key) };
  try {
    await writeTokenFile(enrollment.tokenPath, stored);
  } catch (error) {
    // Unsaved, the token would be lost at the next start while its key is spent: register again instead.
    return { kind: 'retry', because: `Cannot save the runner token: ${messageOf(error)}`, retryAfterMs: 0 };
  }
  log.info('registered', { external_id: enrollment.identity.external_id, token_file: enrollment.tokenPath });
  return { kind: 'token', token: stored.token };
}

/** What a daemon without key and token has to be told. */
export function missingKey(tokenPath: string): string {
  return (
    `Cannot enroll: there is no runner token in ${tokenPath} and no enrollment key in the environment; ` +
    'mint one with `emisar-console keys mint` and start with EMISAR_AUTH_KEY set to it'
  );
}

const malformedKey =
  'Cannot enroll: the enrollment key in the environment holds characters that no key has; copy it again as it was ' +
  'shown, or mint a fresh one with `emisar-console keys mint`';

function registrationFault(answer: Exclude<CallAnswer, { kind: 'issued' }>): Credential {
  if (answer.kind === 'failed') return { kind: 'retry', because: answer.because, retryAfterMs: 0 };
  const said = answer.message || answer.code || 'no reason given';
  if (answer.status === 401 || answer.status === 403) {
    const code = answer.code === '' ? '' : ` ${answer.code}`;
    return {
      kind: 'hopeless',
      sentence:
        `Cannot enroll: the control plane refused the enrollment key (${answer.status}${code}); it is unknown, spent, ` +
        'expired or revoked. Mint a fresh key with `emisar-console keys mint` and start with it',
    };
  }
  // An emisar control plane always gives its reason.
  const hint =
    answer.code === '' && answer.status < 500 ? '; check that cloud.url is an emisar control plane' : '';
  return {
    kind: 'retry',
    because: `registration refused with ${answer.status}: ${said}${hint}`,
    retryAfterMs: answer.retryAfterMs,
  };
}

async function freshToken(
  stored: StoredToken,
  enrollment: Enrollment,
  log: Log,
  options: CallOptions,
): Promise<string> {
  if (!isDue(stored.refreshAfter, options.clock.now())) return stored.token;
  const answer = await refreshToken(enrollment.address.refresh, stored.token, options);
  if (answer.kind !== 'issued') return stored.token;
  try {
    await writeTokenFile(enrollment.tokenPath, { ...stored, ...answer.issued });
  } catch (error) {
    log.warn('token successor not saved', { error: messageOf(error) });
    return stored.token;
  }
  log.info('token refreshed');
  return answer.issued.token;
}

/** An absent time means "ask", an unreadable one "never ask". */
export function isDue(refreshAfter: string | null, now: number): boolean {
  if (refreshAfter === null || refreshAfter === '') return true;
  const at = Date.parse(refreshAfter);
  return !Number.isNaN(at) && at <= now;
}
