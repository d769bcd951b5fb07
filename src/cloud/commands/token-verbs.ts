// `emisar-cloud tokens …` and `audit verify`: for who is on the host.
import { InvalidArgumentError, type Command } from 'commander';
import { Refusal } from '../../protocol/errors.ts';
import { proofLines, runAdmin, tokenLines } from './admin-command.ts';
import type { AdminRequest } from './admin.ts';
import { dataDirOption, jsonOption, withExamples, type Terminal } from './terminal.ts';

export function addTokenCommands(program: Command, terminal: Terminal): void {
  const tokens = program.command('tokens').description('operator tokens of this control plane');
  const ask = async (dataDir: string, json: boolean | undefined, request: AdminRequest) => {
    const answer = await runAdmin(dataDir, request, terminal.databaseUrl());
    if (json === true) terminal.print(JSON.stringify({ tokens: answer.tokens, secret: answer.secret }));
    else if (answer.secret !== null) terminal.print(answer.secret);
    else for (const line of tokenLines(answer.tokens)) terminal.print(line);
  };
  withExamples(
    tokens
      .command('create')
      .description('make a token for a member (the owner when none is named); printed once')
      .addOption(dataDirOption())
      .option('--name <name>', 'what it is for', 'made on the host')
      .option('--member <name>', 'whose it is')
      .option('--expires-in <seconds>', 'seconds until it ends', readSeconds)
      .addOption(jsonOption())
      .action(({ dataDir, name, member, expiresIn, json }) =>
        ask(dataDir, json, {
          verb: 'tokens.create',
          name,
          member: member ?? null,
          expires_in_seconds: expiresIn ?? null,
        }),
      ),
    'tokens create --data-dir /var/lib/emisar-cloud --name laptop --expires-in 86400',
  );
  withExamples(
    tokens
      .command('list')
      .description('every token, newest first')
      .addOption(dataDirOption())
      .addOption(jsonOption())
      .action(({ dataDir, json }) => ask(dataDir, json, { verb: 'tokens.list' })),
    'tokens list --data-dir /var/lib/emisar-cloud',
  );
  withExamples(
    tokens
      .command('revoke')
      .description('end a token at once')
      .argument('<id>', 'id of the token, as `tokens list` shows it')
      .addOption(dataDirOption())
      .addOption(jsonOption())
      .action((id: string, { dataDir, json }) => ask(dataDir, json, { verb: 'tokens.revoke', id })),
    'tokens revoke tok_… --data-dir /var/lib/emisar-cloud',
  );
}

export function addAuditCommands(program: Command, terminal: Terminal): void {
  const audit = program.command('audit').description('the record of who did what');
  withExamples(
    audit
      .command('verify')
      .description('prove that no event was changed, removed, added or moved; exits 1 when one was')
      .addOption(dataDirOption())
      .addOption(jsonOption())
      .action(async ({ dataDir, json }) => {
        const { proofs = [] } = await runAdmin(dataDir, { verb: 'audit.verify' }, terminal.databaseUrl());
        if (json === true) terminal.print(JSON.stringify({ proofs }));
        else for (const line of proofLines(proofs)) terminal.print(line);
        if (proofs.some(({ fault }) => fault !== null)) throw new Refusal('audit_broken');
      }),
    'audit verify --data-dir /var/lib/emisar-cloud',
  );
}

function readSeconds(text: string): number {
  const seconds = Number(text);
  if (!Number.isInteger(seconds) || seconds < 60)
    throw new InvalidArgumentError('it is a whole number, 60 or more.');
  return seconds;
}
