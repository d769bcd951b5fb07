// What stands between the runner and an action on Linux: setpriv takes the way to more privileges away and
// has the kernel kill the action when the runner dies (SPEC EX2).
import { spawn } from 'node:child_process';
import { findProgram } from './program-path.ts';

export interface LaunchWish {
  readonly program: string;
  readonly argv: readonly string[];
  /** May gain privileges through setuid programs. */
  readonly allowsSetuid: boolean;
  /** Other account, when not our own. */
  readonly account?: { readonly uid: number; readonly gid: number };
}

export interface Launch {
  readonly program: string;
  readonly argv: readonly string[];
  /** Only when the launcher does not switch the account itself. */
  readonly account?: { readonly uid: number; readonly gid: number };
  readonly isIsolated: boolean;
}

export type Isolate = (wish: LaunchWish) => Promise<Launch | { readonly refused: string }>;

export interface IsolationOptions {
  readonly environment: NodeJS.ProcessEnv;
  readonly requireIsolation: boolean;
  readonly platform?: NodeJS.Platform;
  /** Where setpriv is looked for besides PATH, which a service may have cut short. */
  readonly directories?: readonly string[];
}

const usualDirectories = ['/usr/bin', '/bin', '/usr/sbin', '/sbin'];

/** Finds setpriv once and wraps commands in it; where it cannot be had, refuses unless that is allowed. */
export function createIsolation(options: IsolationOptions): Isolate {
  const isLinux = (options.platform ?? process.platform) === 'linux';
  let found: Promise<string | null> | undefined;
  return async (wish) => {
    found ??= isLinux ? findSetpriv(options) : Promise.resolve(null);
    const setpriv = await found;
    if (setpriv !== null) return wrap(setpriv, wish);
    if (isLinux && options.requireIsolation) {
      return {
        refused:
          'this host has no setpriv that isolates actions; install util-linux, or set execution.require_isolation: false',
      };
    }
    const { program, argv, account } = wish;
    return { program, argv, isIsolated: false, ...(account && { account }) };
  };
}

function wrap(setpriv: string, wish: LaunchWish): Launch {
  const { account } = wish;
  const switches = account ? [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups'] : [];
  const privileges = wish.allowsSetuid ? [] : ['--no-new-privs'];
  return {
    program: setpriv,
    argv: [...switches, ...privileges, '--pdeathsig', 'KILL', '--', wish.program, ...wish.argv],
    isIsolated: true,
  };
}

// Smaller builds of setpriv lack the parent-death signal, so the very options are tried.
async function findSetpriv(options: IsolationOptions): Promise<string | null> {
  const path = findProgram('setpriv', options.environment, options.directories ?? usualDirectories);
  if (path === null) return null;
  const code = await new Promise<number | null>((resolve) => {
    const trial = spawn(path, ['--no-new-privs', '--pdeathsig', 'KILL', '--', '/bin/sh', '-c', ':'], {
      stdio: 'ignore',
      env: {},
    });
    trial.on('error', () => resolve(null));
    trial.on('exit', resolve);
  });
  return code === 0 ? path : null;
}
