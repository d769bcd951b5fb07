// A small real mail server: takes letters by SMTP (RFC 5321), after STARTTLS where it has a certificate, and
// remembers them with the path they took.
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Certificate } from './certificate.ts';
import { until } from './until.ts';

export interface Mail {
  from: string;
  to: string[];
  /** Head and body as they arrived. */
  raw: string;
  wasEncrypted: boolean;
  signedInAs: string | null;
}

export interface MailServer extends AsyncDisposable {
  readonly port: number;
  readonly mails: Mail[];
  /** Asked at RCPT and at the end of a letter; a reply other than 250 refuses. */
  reply: (at: 'rcpt' | 'data', address: string) => string;
  next(after?: number): Promise<Mail>;
}

export async function startMailServer(certificate: Certificate | null = null): Promise<MailServer> {
  const mails: Mail[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.write('220 mail.test ESMTP\r\n');
    converse(socket, { certificate, mailServer, mails, isEncrypted: false });
  });
  const mailServer: MailServer = {
    get port() {
      return (server.address() as AddressInfo).port;
    },
    mails,
    reply: () => '250 ok',
    next: (after = 0) => until('a letter comes', () => mails[after]),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return mailServer;
}

interface Talk {
  certificate: Certificate | null;
  mailServer: MailServer;
  mails: Mail[];
  isEncrypted: boolean;
}

function converse(socket: Socket, talk: Talk): void {
  const { certificate, mailServer, isEncrypted } = talk;
  let mail: Mail = { from: '', to: [], raw: '', wasEncrypted: isEncrypted, signedInAs: null };
  let isLetter = false;
  let buffered = '';
  const say = (line: string) => void socket.write(`${line}\r\n`);
  const addressOf = (line: string) => /<([^>]*)>/.exec(line)?.[1] ?? '';
  const endLetter = (raw: string) => {
    const reply = mailServer.reply('data', mail.to[0] ?? '');
    if (reply.startsWith('250')) talk.mails.push({ ...mail, raw });
    mail = { ...mail, from: '', to: [] };
    say(reply);
  };
  const answer = (line: string) => {
    const verb = line.slice(0, 4).toUpperCase();
    if (verb === 'EHLO')
      return say(
        certificate && !isEncrypted ? '250-mail.test\r\n250 STARTTLS' : '250-mail.test\r\n250 AUTH PLAIN',
      );
    if (verb === 'STAR') {
      if (!certificate) return say('502 not here');
      socket.removeAllListeners('data');
      say('220 go ahead');
      const { cert, key } = certificate;
      return converse(new TLSSocket(socket, { isServer: true, cert, key }), { ...talk, isEncrypted: true });
    }
    if (verb === 'AUTH') {
      mail.signedInAs = Buffer.from(line.split(' ')[2] ?? '', 'base64')
        .toString('utf8')
        .slice(1)
        .replace('\0', ':');
      return say('235 welcome');
    }
    if (verb === 'MAIL') mail.from = addressOf(line);
    if (verb === 'RCPT') {
      const reply = mailServer.reply('rcpt', addressOf(line));
      if (reply.startsWith('250')) mail.to.push(addressOf(line));
      return say(reply);
    }
    if (verb === 'DATA') {
      isLetter = true;
      return say('354 go on');
    }
    say(verb === 'QUIT' ? '221 bye' : '250 ok');
  };
  socket.on('error', () => {});
  socket.on('data', (part: Buffer) => {
    buffered += part.toString('utf8');
    for (;;) {
      const end = isLetter ? '\r\n.\r\n' : '\r\n';
      const at = buffered.indexOf(end);
      if (at === -1) return;
      const taken = buffered.slice(0, at);
      buffered = buffered.slice(at + end.length);
      if (isLetter) {
        isLetter = false;
        endLetter(taken);
      } else answer(taken);
    }
  });
}
