// `emisar-console members …`: who belongs to the account, and who reaches which runners and packs.
import { Option, type Command } from 'commander';
import type { Access } from '../../protocol/access.ts';
import {
  endSessions,
  getMember,
  inviteMember,
  listMembers,
  reinstateMember,
  removeMember,
  resendInvitation,
  suspendMember,
  updateMe,
  updateMember,
  type Member,
} from '../../protocol/api/members.ts';
import { roles, type Role } from '../../protocol/permission.ts';
import { accessText, changeText } from '../format/access.ts';
import { UsageError } from './confirmation.ts';
import { collect } from './flag-values.ts';
import { shownInstant } from './print.ts';
import type { Column } from './table-text.ts';
import { addVerb, type VerbContext, type VerbRunner } from './verb.ts';
import { writeText } from './verb-io.ts';

const columns: Column<Member>[] = [
  { title: 'NAME', value: (member) => `${member.name}${member.you ? ' (you)' : ''}` },
  { title: 'ROLE', value: (member) => member.role },
  { title: 'STATE', value: (member) => member.state },
  { title: 'REACHES', value: ({ access }) => accessText(access) },
  { title: 'LAST ACTIVE', value: (member) => shownInstant(member.last_active_at) },
  { title: 'ID', value: (member) => member.id },
];

interface AccessOptions {
  readonly all?: boolean;
  readonly none?: boolean;
  readonly group?: string[];
  readonly runner?: string[];
  readonly pack?: string[];
  readonly allPacks?: boolean;
}

function withAccess(command: Command): Command {
  return command
    .option('--all', 'every runner')
    .option('--none', 'no runner')
    .option('--group <group>', 'runners of this group (repeat)', collect)
    .option('--runner <id>', 'this runner, by id (repeat)', collect)
    .option('--pack <id>', 'only actions of this pack (repeat)', collect)
    .option('--all-packs', 'actions of every pack');
}

const roleOption = () => new Option('--role <role>', 'what they may do').choices([...roles]);

export function addMembersVerbs(program: Command, runner: VerbRunner): void {
  const parent = program.command('members').description('who belongs to the account, and what they reach');
  addVerb(parent, runner, {
    usage: 'list',
    summary: 'everybody, by name',
    examples: ['members list', 'members list --json'],
    async run({ call, print }) {
      const { items } = await call(listMembers);
      await print.list(items, columns, { items });
    },
  });
  addVerb(parent, runner, {
    usage: 'show <member>',
    summary: 'one member, by name or id',
    examples: ['members show mara'],
    async run({ call, print }, _options, ref) {
      await showMember(print, await call(getMember, { params: { id: ref ?? '' } }));
    },
  });
  addVerb<AccessOptions & { role?: Role }>(parent, runner, {
    usage: 'invite <name>',
    summary: 'a code for somebody new; without a scope they reach nothing at first',
    examples: ['members invite mara --role operator --group web --group db'],
    flags: (command) => withAccess(command).addOption(roleOption().default('operator')),
    run: invite,
  });
  addVerb(parent, runner, {
    usage: 'resend <member>',
    summary: 'a fresh invitation code for somebody without a session; the one before ends',
    examples: ['members resend mara'],
    async run(context, _options, ref) {
      const sent = await context.call(resendInvitation, { params: { id: ref ?? '' } });
      await printInvitation(context, sent);
    },
  });
  addVerb<AccessOptions & { dryRun?: boolean }>(parent, runner, {
    usage: 'scope <member>',
    summary: 'what they reach; with flags, what they shall reach',
    examples: [
      'members scope mara',
      'members scope mara --group web --pack linux-core --dry-run',
      'members scope mara --all --yes',
    ],
    flags: (command) => withAccess(command).option('--dry-run', 'only say what is added and taken away'),
    run: scope,
  });
  addVerb(parent, runner, {
    usage: 'role <member> <role>',
    summary: 'what they may do',
    examples: ['members role mara viewer --yes'],
    values: roles,
    async run(context, _options, ref = '', role = '') {
      const known = roles.find((each) => each === role);
      if (known === undefined) throw new UsageError(`Cannot set the role: choose ${roles.join(', ')}`);
      const before = await context.call(getMember, { params: { id: ref } });
      const consequence = `${before.name} becomes ${known} instead of ${before.role}; their open consoles begin anew`;
      await context.confirm({ consequence, typedName: null });
      const { member } = await context.call(updateMember, {
        params: { id: before.id },
        body: { role: known },
      });
      await context.print.outcome(member, `${member.name} is ${member.role}`);
    },
  });
  addVerb(parent, runner, {
    usage: 'email <member> <address>',
    summary: 'where they are told of approvals; `me` is yourself, `none` takes the address away',
    examples: ['members email mara mara@example.net', 'members email me none'],
    async run({ call, print }, _options, ref = '', address = '') {
      const body = { email: address === 'none' ? null : address };
      const member =
        ref === 'me'
          ? await call(updateMe, { body })
          : (await call(updateMember, { params: { id: ref }, body })).member;
      await print.outcome(member, `${member.name} is told at ${member.email ?? 'no address'}`);
    },
  });
  addLifecycle(parent, runner);
}

function addLifecycle(parent: Command, runner: VerbRunner): void {
  const plain = [
    ['suspend', suspendMember, 'end their sessions at once and let none begin', 'is suspended'],
    [
      'reinstate',
      reinstateMember,
      'let a suspended member back',
      'is back; `members resend` gives them a code to sign in',
    ],
    ['end-sessions', endSessions, 'revoke all of their tokens', 'has no session any more'],
  ] as const;
  for (const [name, route, summary, done] of plain) {
    addVerb(parent, runner, {
      usage: `${name} <member>`,
      summary,
      examples: [`members ${name} mara --yes`],
      async run(context, _options, ref) {
        const before = await context.call(getMember, { params: { id: ref ?? '' } });
        await context.confirm({ consequence: `${before.name}: ${summary}`, typedName: null });
        const after = await context.call(route, { params: { id: before.id } });
        await context.print.outcome(after, `${after.name} ${done}`);
      },
    });
  }
  addVerb(parent, runner, {
    usage: 'remove <member>',
    summary: 'remove a member; asks for the name',
    examples: ['members remove mara --confirm mara'],
    async run(context, _options, ref) {
      const before = await context.call(getMember, { params: { id: ref ?? '' } });
      const consequence = `${before.name} is removed and every token of theirs ends; what they did stays on record`;
      await context.confirm({ consequence, typedName: before.name });
      const gone = await context.call(removeMember, { params: { id: before.id } });
      await context.print.outcome(gone, `${gone.name} is removed`);
    },
  });
}

async function invite(
  context: VerbContext,
  options: AccessOptions & { role?: Role },
  name = '',
): Promise<void> {
  const access = accessOf(options, null);
  const body = { name, role: options.role ?? 'operator', ...(access === null ? {} : { access }) };
  await printInvitation(context, await context.call(inviteMember, { body }));
}

async function printInvitation(
  { print, io, remark, profile }: VerbContext,
  sent: { member: Member; code: string; expires_at: string },
): Promise<void> {
  if (print.form !== 'table') return print.outcome(sent, '');
  remark(
    `${sent.member.name} types, before ${sent.expires_at}:  emisar-console login --url ${profile().url} --invite\n` +
      'and gives it this code, which is shown this once:',
  );
  await writeText(io.stdout, `${sent.code}\n`);
}

async function scope(
  context: VerbContext,
  options: AccessOptions & { dryRun?: boolean },
  ref = '',
): Promise<void> {
  const { call, print } = context;
  const before = await call(getMember, { params: { id: ref } });
  const access = accessOf(options, before.access);
  if (access === null) return showMember(print, before);
  const params = { id: before.id };
  const preview = await call(updateMember, { params, body: { access, dry_run: true } });
  if (options.dryRun === true) return print.outcome(preview, `${before.name}: ${changeText(preview.change)}`);
  await context.confirm({ consequence: `${before.name}: ${changeText(preview.change)}`, typedName: null });
  const after = await call(updateMember, { params, body: { access } });
  await print.outcome(after, `${after.member.name} reaches ${accessText(after.member.access)}`);
}

/** Null when no flag says anything. What no flag names stays as it is. */
function accessOf(options: AccessOptions, before: Access | null): Access | null {
  const { all, none, group = [], runner = [], pack = [], allPacks } = options;
  const selectors = [...group.map((name) => `group:${name}`), ...runner.map((id) => `runner:${id}`)];
  const ways = [all === true, none === true, selectors.length > 0].filter(Boolean).length;
  if (ways > 1)
    throw new UsageError('Cannot read the scope: choose one of --all, --none, and --group with --runner');
  if (pack.length > 0 && allPacks === true)
    throw new UsageError('Cannot use --pack and --all-packs together');
  if (ways === 0 && pack.length === 0 && allPacks !== true) return null;
  const runners =
    ways === 0
      ? {
          runner_access: before?.runner_access ?? ('none' as const),
          runner_selectors: before?.runner_selectors ?? [],
        }
      : {
          runner_access:
            all === true ? ('all' as const) : none === true ? ('none' as const) : ('restricted' as const),
          runner_selectors: selectors,
        };
  if (pack.length > 0) return { ...runners, pack_access: 'restricted', pack_ids: pack };
  if (allPacks === true || before === null) return { ...runners, pack_access: 'all', pack_ids: [] };
  return { ...runners, pack_access: before.pack_access, pack_ids: before.pack_ids };
}

async function showMember(print: VerbContext['print'], member: Member): Promise<void> {
  await print.record(member, [
    ['member', member.name],
    ['role', member.role],
    ['state', member.state],
    ['runners', member.access.runner_access],
    ['selected', member.access.runner_selectors.join(' ') || null],
    ['packs', member.access.pack_access === 'all' ? 'all' : member.access.pack_ids.join(' ')],
    ['joined', shownInstant(member.joined_at)],
    ['e-mail', member.email],
    ['last active', shownInstant(member.last_active_at)],
    ['tokens', member.tokens],
    ['id', member.id],
  ]);
}
