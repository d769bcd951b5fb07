// `emisar-console login`, `logout`, `whoami`, `profiles`: who this machine speaks for, and where.
import { hostname } from 'node:os';
import type { Command } from 'commander';
import { getMe, revokeToken } from '../../protocol/api/session.ts';
import { Refusal } from '../../protocol/errors.ts';
import { createApi } from '../client/api.ts';
import { acceptCode, signIn, waitForApproval } from '../client/sign-in.ts';
import { UsageError } from './confirmation.ts';
import { readSecret } from './secret-prompt.ts';
import { addVerb, type VerbContext, type VerbRunner } from './verb.ts';
import { readAll } from './verb-io.ts';

interface LoginOptions {
  readonly tokenStdin?: boolean;
  readonly invite?: boolean;
  readonly device?: boolean;
  readonly name?: string;
}

export function addSignInVerbs(program: Command, runner: VerbRunner): void {
  addVerb<LoginOptions>(program, runner, {
    usage: 'login',
    summary: 'store an operator token after the control plane accepted it',
    examples: [
      'login --url https://cp.example.net --token-stdin < token',
      'login --url https://cp.example.net --name prod',
      'login --url https://cp.example.net --invite',
      'login --url https://cp.example.net --device',
    ],
    flags: (command) =>
      command
        .option('--token-stdin', 'read the token from stdin; it never stands in an argument')
        .option(
          '--invite',
          'join with an invitation code, from stdin or asked for; it never stands in an argument',
        )
        .option('--device', 'show a code, and wait until a signed-in console has approved it')
        .option('--name <name>', 'name of the stored profile'),
    run: login,
  });
  addVerb<{ revoke?: boolean }>(program, runner, {
    usage: 'logout [profile]',
    summary: 'forget a stored profile',
    examples: ['logout', 'logout prod --revoke'],
    flags: (command) => command.option('--revoke', 'end its token on the control plane as well'),
    run: logout,
  });
  addVerb(program, runner, {
    usage: 'whoami',
    summary: 'whom the token speaks for, and what it may do',
    examples: ['whoami', 'whoami --json'],
    async run({ call, print, profile }) {
      const me = await call(getMe);
      await print.record(me, [
        ['member', me.member.name],
        ['role', me.member.role],
        ['account', me.account.name],
        ['server', `${profile().url} (emisar-cloud ${me.server.version})`],
        ['profile', profile().name],
        ['token', me.token.name],
        ['expires', me.token.expires_at],
        ['may', me.permissions.join(' ')],
      ]);
    },
  });
  addVerb<{ use?: string }>(program, runner, {
    usage: 'profiles',
    summary: 'stored sign-ins',
    examples: ['profiles', 'profiles --use prod'],
    flags: (command) => command.option('--use <name>', 'make this one the current'),
    async run({ profiles, print }, { use }) {
      if (use !== undefined) profiles.use(use);
      const current = profiles.current()?.name;
      const rows = profiles
        .list()
        .map(({ token: _token, ...profile }) => ({ ...profile, current: profile.name === current }));
      await print.list(rows, [
        { title: 'NAME', value: (row) => row.name },
        { title: 'CURRENT', value: (row) => (row.current ? 'yes' : '') },
        { title: 'URL', value: (row) => row.url },
        { title: 'ACCOUNT', value: (row) => row.account },
        { title: 'MEMBER', value: (row) => row.member },
      ]);
    },
  });
}

async function login(context: VerbContext, options: LoginOptions): Promise<void> {
  const { io, profiles, print } = context;
  const url = context.options.url ?? io.env['EMISAR_CONSOLE_URL'] ?? profiles.current()?.url;
  if (!url) throw new UsageError('Cannot sign in: say where, with --url URL');
  const token = await firstToken(context, options, url);
  const { profile, me } = await signIn({ url, token, name: options.name, clock: io.clock, ca: io.ca });
  profiles.save(profile);
  const { token: _token, ...shown } = profile;
  await print.outcome(
    { ...shown, role: me.member.role },
    `Signed in to ${url} as ${me.member.name} (${me.member.role}), profile ${profile.name}`,
  );
}

async function firstToken(context: VerbContext, options: LoginOptions, url: string): Promise<string> {
  const { clock, ca, signal } = context.io;
  if (options.invite === true) return acceptCode({ url, code: await codeFor(context), clock, ca });
  if (options.device !== true) return tokenFor(context, options.tokenStdin === true);
  const show = (code: string) =>
    void context.io.stderr.write(
      `Type this on a signed-in machine: emisar-console devices approve ${code}\n`,
    );
  return waitForApproval({ url, device: hostname(), show, clock, ca, signal });
}

async function codeFor({ io }: VerbContext): Promise<string> {
  if (io.stdin.isTTY === true) return readSecret(io, 'Invitation code (not shown): ');
  return readAll(io.stdin, 4096);
}

async function tokenFor({ io }: VerbContext, fromStdin: boolean): Promise<string> {
  if (fromStdin) return readAll(io.stdin, 4096);
  const given = io.env['EMISAR_TOKEN'];
  if (given) return given;
  if (io.stdin.isTTY === true) return readSecret(io, 'Operator token (not shown): ');
  throw new UsageError('Cannot sign in: hand the token over with --token-stdin');
}

async function logout(context: VerbContext, { revoke }: { revoke?: boolean }, name?: string): Promise<void> {
  const { profiles, print, options } = context;
  const wanted = name ?? options.profile ?? profiles.current()?.name;
  if (wanted === undefined) throw new Refusal('not_signed_in');
  if (revoke === true) await endStoredToken(context, wanted);
  if (!profiles.remove(wanted)) throw new Refusal('not_found', `Cannot find a profile named ${wanted}`);
  const ended = revoke === true ? 'and its token is revoked' : 'its token stays valid until revoked';
  await print.outcome(
    { removed: wanted, revoked: revoke === true },
    `Profile ${wanted} is forgotten; ${ended}`,
  );
}

/** Ends the token of that profile and no other, whatever the environment names. */
async function endStoredToken({ profiles, io }: VerbContext, name: string): Promise<void> {
  const stored = profiles.choose({ profile: name });
  const api = createApi({ url: stored.url, token: stored.token, clock: io.clock, ca: io.ca });
  try {
    const me = await api.call(getMe);
    await api.call(revokeToken, { params: { id: me.token.id } });
  } finally {
    await api.close();
  }
}
