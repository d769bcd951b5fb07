// `emisar-console grants …`: what tokens may repeat without asking again. They are made with an approval.
import type { Command } from 'commander';
import {
  getGrantCap,
  listGrants,
  putGrantCap,
  revokeAllGrants,
  revokeGrant,
  type Grant,
} from '../../protocol/api/grants.ts';
import { grantStates } from '../../protocol/grant.ts';
import { durationSeconds, oneOf } from './flag-values.ts';
import { readPages } from '../store/pages.ts';
import { shownInstant } from './print.ts';
import type { Column } from './table-text.ts';
import { addVerb, type VerbContext, type VerbRunner } from './verb.ts';

const columns: Column<Grant>[] = [
  { title: 'GRANT', value: (grant) => grant.id },
  { title: 'STATE', value: (grant) => grant.state },
  { title: 'ACTION', value: (grant) => grant.action_id },
  { title: 'RUNNER', value: (grant) => grant.runner_name ?? 'any' },
  { title: 'ARGS', value: (grant) => (grant.args === null ? 'any' : JSON.stringify(grant.args)) },
  { title: 'TOKEN', value: (grant) => grant.token_name },
  { title: 'MEMBER', value: (grant) => grant.member_name },
  { title: 'USES', value: usesOf },
  { title: 'EXPIRES', value: (grant) => shownInstant(grant.expires_at) },
  { title: 'LAST USED', value: (grant) => shownInstant(grant.last_used_at) },
  { title: 'BY', value: (grant) => grant.granted_by },
];

function usesOf({ uses_count, max_uses }: Grant): string {
  return max_uses === null ? String(uses_count) : `${uses_count} of ${max_uses}`;
}

export function addGrantsVerbs(program: Command, runner: VerbRunner): void {
  const parent = program.command('grants').description('standing grants: what tokens may repeat unasked');
  addVerb<{ readonly state?: string }>(parent, runner, {
    usage: 'list',
    summary: 'grants that stand, newest first',
    examples: ['grants list', 'grants list --state all --json'],
    flags: (command) => command.option('--state <state>', `${grantStates.join(', ')}, or all`, 'active'),
    async run({ call, print }, { state = 'active' }) {
      const wanted = oneOf(state, '--state', [...grantStates, 'all']);
      const { items, total } = await readPages(call, listGrants, wanted === 'all' ? {} : { state: wanted });
      await print.list(items, columns, { items, total });
    },
  });
  addVerb(parent, runner, {
    usage: 'revoke <grant>',
    summary: 'end a grant at once; what it let out goes on',
    examples: ['grants revoke grt_0K3… --yes'],
    async run(context, _options, id = '') {
      await context.confirm({ consequence: `The grant ${id} ends at once`, typedName: null });
      const grant = await context.call(revokeGrant, { params: { id } });
      const by = grant.revoked_by === null ? '' : ` by ${grant.revoked_by}`;
      await context.print.outcome(grant, `${grant.action_id} for ${grant.token_name} is revoked${by}`);
    },
  });
  addVerb(parent, runner, {
    usage: 'revoke-all',
    summary: 'end every grant that you reach',
    examples: ['grants revoke-all', 'grants revoke-all --yes'],
    run: (context) => revokeAll(context),
  });
  addVerb(parent, runner, {
    usage: 'cap [longest]',
    summary: 'how long a grant may last in this account: shown, or set to a duration, none or off',
    examples: ['grants cap', 'grants cap 30d', 'grants cap none', 'grants cap off --yes'],
    run: (context, _options, longest) =>
      longest === undefined ? showCap(context) : setCap(context, longest),
  });
}

async function revokeAll({ call, print, confirm }: VerbContext): Promise<void> {
  const { grants: found } = await call(revokeAllGrants, { body: { dry_run: true } });
  if (found.length === 0) return print.outcome({ dry_run: false, grants: [] }, 'No grant stands');
  await confirm({ consequence: `Ends at once: ${countOf(found.length)} that you reach`, typedName: null });
  const done = await call(revokeAllGrants, { body: {} });
  await print.outcome(done, `Revoked: ${countOf(done.grants.length)}`);
}

async function showCap({ call, print }: VerbContext): Promise<void> {
  const cap = await call(getGrantCap);
  await print.record(cap, [['longest', capText(cap.max_seconds)]]);
}

async function setCap({ call, print, confirm }: VerbContext, text: string): Promise<void> {
  const max_seconds =
    text === 'none' ? null : text === 'off' ? 0 : durationSeconds(text, 'the longest grant');
  if (max_seconds === 0)
    await confirm({
      consequence: 'Standing grants are turned off, and every one that stands is revoked, whoever reaches it',
      typedName: null,
    });
  const after = await call(putGrantCap, { body: { max_seconds } });
  const revoked = after.revoked === 0 ? '' : `; revoked: ${countOf(after.revoked)}`;
  await print.outcome(after, `A standing grant may last: ${capText(after.max_seconds)}${revoked}`);
}

function capText(seconds: number | null): string {
  if (seconds === null) return 'as long as any can (90d)';
  if (seconds === 0) return 'not at all: standing grants are off';
  const [unit, word] = seconds % 86_400 === 0 ? [86_400, 'd'] : seconds % 3600 === 0 ? [3600, 'h'] : [1, 's'];
  return `${seconds / unit}${word}`;
}

function countOf(count: number): string {
  return count === 1 ? '1 grant' : `${count} grants`;
}
