// One letter to the mail server of the operator. Who gets it and what it says was decided before; nothing of either
// can add a line to its head.
import { createTransport } from 'nodemailer';
import { rootCertificates } from 'node:tls';
import { ATTEMPT_WITHIN_MS } from '../../protocol/webhook.ts';
import type { Clock } from '../clock.ts';
import { wordsOf, type Attempt } from './post.ts';

/** Mail servers answer slower than receivers of webhooks: some look the sender up first. */
const LETTER_WITHIN_MS = 3 * ATTEMPT_WITHIN_MS;

export interface MailServer {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte; otherwise STARTTLS. */
  readonly secure: boolean;
  /** False on loopback alone: beyond it nothing is said in the clear. */
  readonly mustBeEncrypted: boolean;
  readonly user: string | null;
  readonly password: string | null;
  readonly from: string;
}

export interface Letter {
  /** Becomes the Message-ID: a repeated letter is one that the reader's program knows. */
  id: string;
  to: string;
  subject: string;
  text: string;
}

export type SendLetter = (letter: Letter, stopped: AbortSignal) => Promise<Attempt>;

export function createMailer(
  server: MailServer,
  { clock, ca }: { clock: Clock; ca: string | null },
): SendLetter {
  const { host, port, secure, mustBeEncrypted, user, password, from } = server;
  const transport = createTransport({
    host,
    port,
    secure,
    requireTLS: !secure && mustBeEncrypted,
    tls: ca === null ? {} : { ca: [...rootCertificates, ca] },
    ...(user !== null && { auth: { user, pass: password ?? '' } }),
    connectionTimeout: ATTEMPT_WITHIN_MS,
    greetingTimeout: ATTEMPT_WITHIN_MS,
    socketTimeout: ATTEMPT_WITHIN_MS,
    allowInternalNetworkInterfaces: true,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const domain = from.slice(from.lastIndexOf('@') + 1);
  return async ({ id, to, subject, text }, stopped) => {
    const late = new AbortController();
    const callOff = clock.after(LETTER_WITHIN_MS, () => late.abort());
    try {
      await transport.sendMail({
        from,
        to: { name: '', address: to },
        // Said again, so that no reading of the head decides who gets it.
        envelope: { from, to: [to] },
        messageId: `<${id}@${domain}>`,
        date: new Date(clock.now()),
        headers: { 'Auto-Submitted': 'auto-generated' },
        subject,
        text,
        signal: AbortSignal.any([stopped, late.signal]),
      });
      return { status: null, error: null, retryAfterMs: null, isGone: false };
    } catch (error) {
      return refused(error, late.signal.aborted);
    } finally {
      callOff();
    }
  };
}

function refused(error: unknown, isLate: boolean): Attempt {
  const code =
    error instanceof Error && 'responseCode' in error && typeof error.responseCode === 'number'
      ? error.responseCode
      : null;
  const kind = codeOf(error);
  const answered = code === null ? wordsOf(error) : `the mail server answered ${code}`;
  return {
    status: code,
    error: isLate ? 'the mail server did not answer in time' : (mailWords[kind] ?? answered),
    retryAfterMs: null,
    // 5xx is a no for good (RFC 5321 4.2.1), where it is to the letter or to who gets it.
    isGone: code !== null && code >= 500 && (kind === 'EENVELOPE' || kind === 'EMESSAGE'),
  };
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

const mailWords: Record<string, string> = {
  EAUTH: 'the mail server did not accept user and password',
  ETLS: 'the mail server offers no encryption that is trusted here',
  ECONNECTION: 'the mail server cannot be reached',
  ESOCKET: 'the mail server cannot be reached',
  EDNS: 'the name of the mail server cannot be looked up',
  ETIMEDOUT: 'the mail server did not answer in time',
};
