// `emisar-console tokens …`: one's own operator tokens.
import type { Command } from 'commander';
import { listTokens, mintToken, revokeToken, type OperatorToken } from '../../protocol/api/session.ts';
import { Refusal } from '../../protocol/errors.ts';
import { UsageError } from './confirmation.ts';
import { durationSeconds } from './flag-values.ts';
import { readPages } from '../store/pages.ts';
import { shownInstant } from './print.ts';
import type { Column } from './table-text.ts';
import { addVerb, type VerbContext, type VerbRunner } from './verb.ts';
import { writeText } from './verb-io.ts';

const columns: Column<OperatorToken>[] = [
  { title: 'NAME', value: (token) => token.name },
  { title: 'TOKEN', value: (token) => `${token.prefix}…` },
  {
    title: 'STATE',
    value: (token) => (token.revoked_at === null ? (token.current ? 'in use here' : 'active') : 'revoked'),
  },
  { title: 'LAST USED', value: (token) => shownInstant(token.last_used_at) },
  { title: 'EXPIRES', value: (token) => shownInstant(token.expires_at) },
  { title: 'CREATED', value: (token) => shownInstant(token.created_at) },
  { title: 'ID', value: (token) => token.id },
];

export function addTokensVerbs(program: Command, runner: VerbRunner): void {
  const parent = program.command('tokens').description('your own operator tokens');
  addVerb(parent, runner, {
    usage: 'list',
    summary: 'tokens that speak for you',
    examples: ['tokens list'],
    async run({ call, print }) {
      const page = await readPages(call, listTokens, {});
      await print.list(page.items, columns, page);
    },
  });
  addVerb<{ expires?: string }>(parent, runner, {
    usage: 'mint <name>',
    summary: 'a further token; its secret is printed this once',
    examples: ['tokens mint "ci of the web team" --expires 90d'],
    flags: (command) => command.option('--expires <duration>', 'such as 12h or 90d'),
    async run({ call, io, print, remark }, { expires }, name) {
      const lifetime =
        expires === undefined ? {} : { expires_in_seconds: durationSeconds(expires, '--expires') };
      const minted = await call(mintToken, { body: { name: name ?? '', ...lifetime } });
      if (print.form !== 'table')
        return print.record(minted, [
          ['name', minted.token.name],
          ['secret', minted.secret],
        ]);
      await writeText(io.stdout, `${minted.secret}\n`);
      remark('The secret is not shown again');
    },
  });
  addVerb(parent, runner, {
    usage: 'revoke <token>',
    summary: 'end a token and its streams, by name, id or leading characters',
    examples: ['tokens revoke "lost laptop" --yes'],
    async run(context, _options, ref) {
      const token = await findToken(context, ref ?? '');
      const consequence = `The token ${token.name} ends at once${token.current ? ', and it is the one in use here' : ''}`;
      await context.confirm({ consequence, typedName: null });
      const after = await context.call(revokeToken, { params: { id: token.id } });
      await context.print.outcome(after, `${after.name} is revoked`);
    },
  });
}

async function findToken({ call }: VerbContext, ref: string): Promise<OperatorToken> {
  const { items } = await readPages(call, listTokens, {});
  const byId = items.find(({ id }) => id === ref);
  if (byId !== undefined) return byId;
  const wanted = ref.replace(/…$/, '');
  const found = items.filter(
    (token) => token.revoked_at === null && (token.name === wanted || token.prefix === wanted),
  );
  const [only] = found;
  if (found.length > 1)
    throw new UsageError(`Cannot tell which token is meant: ${found.length} have this name; name its id`);
  if (only === undefined) throw new Refusal('not_found', 'Cannot find this token among your own');
  return only;
}
