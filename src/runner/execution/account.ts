// The account of `execution.user`: name or number → uid and primary group, from what names accounts here.
import { execFile } from 'node:child_process';
import { findProgram } from './program-path.ts';

export interface Account {
  readonly uid: number;
  readonly gid: number;
}
export type AccountAnswer = { readonly account: Account | null } | { readonly because: string };

/** The account to switch to (null: it is our own), or why that cannot be. */
export async function findAccount(user: string, environment: NodeJS.ProcessEnv): Promise<AccountAnswer> {
  if (process.platform !== 'linux') return { because: `execution.user ${shown(user)} works on Linux only` };
  const entry = await readEntry(user, environment);
  if (entry === null) return { because: `there is no account ${shown(user)} on this host` };
  const ownUid = process.geteuid?.() ?? -1;
  if (entry.uid === ownUid) return { account: null };
  if (ownUid !== 0) return { because: `running as ${shown(user)} needs a runner with root privileges` };
  return { account: entry };
}

async function readEntry(user: string, environment: NodeJS.ProcessEnv): Promise<Account | null> {
  const getent = findProgram('getent', environment, ['/usr/bin', '/bin']);
  if (getent === null || !/^[A-Za-z0-9_][A-Za-z0-9_.@-]{0,127}\$?$/.test(user)) return null;
  const line = await new Promise<string>((resolve) => {
    execFile(getent, ['passwd', user], { env: {}, timeout: 10_000 }, (error, stdout) =>
      resolve(error ? '' : stdout),
    );
  });
  const [, , uid = '', gid = ''] = line.split('\n')[0]?.split(':') ?? [];
  return /^\d+$/.test(uid) && /^\d+$/.test(gid) ? { uid: Number(uid), gid: Number(gid) } : null;
}

function shown(user: string): string {
  return user.slice(0, 80).replace(/[^ -~]/g, '?');
}
