// The settings of what this control plane sends by itself. The mail server is named in the environment or in a file,
// because its address may hold a password.
import { lookup } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import { BlockList } from 'node:net';
import { Refusal } from '../protocol/errors.ts';
import { EmailAddress } from '../protocol/member.ts';
import { isLoopback, readCidrs, readPem } from './config.ts';
import type { MailServer } from './notices/mail.ts';
import type { NoticeConfig } from './notices/notices.ts';

export interface NoticeFlags {
  noticesAllow?: string | undefined;
  noticesCa?: string | undefined;
  mailFrom?: string | undefined;
}

export const noNotices: NoticeConfig = { allowed: new BlockList(), ca: null, mail: null };

/** Refuses `invalid_request` with a sentence that names the flag or the variable, never what stands in it. */
export function readNoticeConfig(
  flags: NoticeFlags,
  env: Readonly<Record<string, string | undefined>>,
): NoticeConfig {
  const { noticesAllow, noticesCa, mailFrom } = flags;
  return {
    allowed: noticesAllow === undefined ? new BlockList() : readCidrs(noticesAllow, '--notices-allow'),
    ca: noticesCa === undefined ? null : readPem(noticesCa, '--notices-ca').toString('utf8'),
    mail: readMail(readSmtpUrl(env), mailFrom),
  };
}

function readSmtpUrl(env: Readonly<Record<string, string | undefined>>): string | null {
  const { EMISAR_SMTP_URL: direct, EMISAR_SMTP_URL_FILE: file } = env;
  if (direct) return direct;
  if (!file) return null;
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    throw new Refusal(
      'invalid_request',
      `Cannot read EMISAR_SMTP_URL_FILE: there is no readable file ${file}`,
    );
  }
}

function readMail(text: string | null, from: string | undefined): MailServer | null {
  if (text === null) {
    if (from === undefined) return null;
    throw new Refusal('invalid_request', 'Cannot use --mail-from: EMISAR_SMTP_URL names no mail server');
  }
  const url = URL.canParse(text) ? new URL(text) : null;
  const secure = url?.protocol === 'smtps:';
  if (!url || (!secure && url.protocol !== 'smtp:') || url.hostname === '' || url.pathname.length > 1) {
    throw new Refusal(
      'invalid_request',
      'Cannot read EMISAR_SMTP_URL: it is smtps://USER:PASSWORD@HOST:PORT, or smtp:// for STARTTLS',
    );
  }
  if (!EmailAddress.safeParse(from).success) {
    throw new Refusal('invalid_request', 'Cannot send mail: --mail-from is the address that it comes from');
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return {
    host,
    port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
    secure,
    mustBeEncrypted: !isLoopback(host),
    user: decoded(url.username),
    password: decoded(url.password),
    from: from ?? '',
  };
}

function decoded(part: string): string | null {
  try {
    return part === '' ? null : decodeURIComponent(part);
  } catch {
    const means = 'a % in user or password is written %25';
    throw new Refusal('invalid_request', `Cannot read EMISAR_SMTP_URL: ${means}`);
  }
}

/** All addresses that the system knows for a name. */
export async function systemResolve(host: string): Promise<string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address);
}
