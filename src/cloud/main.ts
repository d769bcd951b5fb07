// The program `emisar-cloud`: its arguments, its exit codes, what it prints. 0 done, 1 refused, 2 wrong usage.
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { Refusal } from '../protocol/errors.ts';
import { bounded } from '../protocol/neutralise.ts';
import type { AdminRequest } from './commands/admin.ts';
import { initialise } from './commands/init-command.ts';
import { serve } from './commands/serve-command.ts';
import { proofLines, runAdmin, tokenLines } from './commands/admin-command.ts';
import { PRODUCT, VERSION, readServeConfig } from './config.ts';
import { createLog } from './log.ts';

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const complain = (sentence: string): void => void process.stderr.write(`${sentence}\n`);

const dataDirOption = () =>
  new Option('--data-dir <dir>', 'directory that holds everything it knows').makeOptionMandatory();

function createProgram(): Command {
  const program = new Command('emisar-cloud')
    .description('The control plane of emisar: operators on one side, runners on the other.')
    .version(VERSION, '--version', 'print the version')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ writeErr: () => {}, outputError: () => {} })
    .addHelpText(
      'after',
      `
Examples:
  emisar-cloud init --data-dir /var/lib/emisar-cloud
  emisar-cloud serve --data-dir /var/lib/emisar-cloud --listen 127.0.0.1:8443
  emisar-cloud serve --data-dir /var/lib/emisar-cloud --listen 0.0.0.0:443 \\
    --tls-cert cert.pem --tls-key key.pem --public-url https://emisar.example.net
  emisar-cloud tokens create --data-dir /var/lib/emisar-cloud --name laptop
  emisar-cloud audit verify --data-dir /var/lib/emisar-cloud

Environment:
  EMISAR_DATABASE_URL   postgresql://USER:PASSWORD@HOST:PORT/NAME keeps everything in PostgreSQL instead of
                        the data directory, for all commands alike`,
    );
  program
    .command('init')
    .description('set up a data directory: account, owner, first operator token (printed once)')
    .addOption(dataDirOption())
    .option('--account <name>', 'name of the account', 'emisar')
    .option('--json', 'print one JSON object')
    .action(init);
  program
    .command('serve')
    .description('serve the operator API, the event stream and the runners')
    .addOption(dataDirOption())
    .option('--listen <host:port>', 'address to listen on; port 0 picks a free one', '127.0.0.1:8443')
    .option('--public-url <url>', 'how hosts and consoles reach this server')
    .option('--tls-cert <file>', 'certificate chain, PEM')
    .option('--tls-key <file>', 'private key, PEM')
    .option('--behind-proxy <cidr>', 'addresses of the proxy that speaks TLS and sets X-Forwarded-For')
    .option('--attached', 'end when standard input closes')
    .action(async ({ attached, ...flags }) => {
      await serve(readServeConfig({ ...flags, databaseUrl: databaseUrl() }), {
        log: createLog('info'),
        announce: (url) => print(`listening on ${url}`),
        attachedTo: attached === true ? process.stdin : null,
      });
    });
  addTokenCommands(program);
  addAuditCommands(program);
  program
    .command('version')
    .description('print the version')
    .action(() => print(`${PRODUCT} version ${VERSION}`));
  return program;
}

async function init({
  dataDir,
  account,
  json,
}: {
  dataDir: string;
  account: string;
  json?: boolean;
}): Promise<void> {
  const made = await initialise(dataDir, account, databaseUrl());
  if (json === true) return print(JSON.stringify({ data_dir: dataDir, ...made }));
  print(`Set up ${dataDir}: account ${bounded(made.account, 80)}, member ${made.owner}.`);
  print('The first operator token follows. It is shown this once; keep it safe.');
  print('');
  print(made.token);
}

function addTokenCommands(program: Command): void {
  const tokens = program.command('tokens').description('operator tokens of this control plane');
  tokens
    .command('create')
    .description('make a token for a member (the owner when none is named); printed once')
    .addOption(dataDirOption())
    .option('--name <name>', 'what it is for', 'made on the host')
    .option('--member <name>', 'whose it is')
    .option('--expires-in <seconds>', 'seconds until it ends', readSeconds)
    .option('--json', 'print one JSON object')
    .action(async ({ dataDir, name, member, expiresIn, json }) => {
      await askTokens(dataDir, json, {
        verb: 'tokens.create',
        name,
        member: member ?? null,
        expires_in_seconds: expiresIn ?? null,
      });
    });
  tokens
    .command('list')
    .description('every token, newest first')
    .addOption(dataDirOption())
    .option('--json', 'print one JSON object')
    .action(({ dataDir, json }) => askTokens(dataDir, json, { verb: 'tokens.list' }));
  tokens
    .command('revoke')
    .description('end a token at once')
    .argument('<id>', 'id of the token, as `tokens list` shows it')
    .addOption(dataDirOption())
    .option('--json', 'print one JSON object')
    .action((id: string, { dataDir, json }) => askTokens(dataDir, json, { verb: 'tokens.revoke', id }));
}

function addAuditCommands(program: Command): void {
  const audit = program.command('audit').description('the record of who did what');
  audit
    .command('verify')
    .description('prove that no event was changed, removed, added or moved; exits 1 when one was')
    .addOption(dataDirOption())
    .option('--json', 'print one JSON object')
    .action(async ({ dataDir, json }) => {
      const { proofs = [] } = await runAdmin(dataDir, { verb: 'audit.verify' }, databaseUrl());
      if (json === true) print(JSON.stringify({ proofs }));
      else for (const line of proofLines(proofs)) print(line);
      if (proofs.some(({ fault }) => fault !== null)) throw new Refusal('audit_broken');
    });
}

async function askTokens(dataDir: string, json: boolean | undefined, request: AdminRequest): Promise<void> {
  const answer = await runAdmin(dataDir, request, databaseUrl());
  if (json === true) print(JSON.stringify(answer));
  else if (answer.secret !== null) print(answer.secret);
  else for (const line of tokenLines(answer.tokens)) print(line);
}

function readSeconds(text: string): number {
  const seconds = Number(text);
  if (!Number.isInteger(seconds) || seconds < 60)
    throw new InvalidArgumentError('it is a whole number, 60 or more.');
  return seconds;
}

async function main(args: readonly string[]): Promise<number> {
  // The store, its lock and its socket are nobody else's to read, also in a directory that existed before.
  process.umask(0o077);
  // A reader that went away must not take the program with it.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  if (args.length === 0) {
    complain('Cannot run: no command was given. See `emisar-cloud --help`');
    return 2;
  }
  try {
    await createProgram().parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return usageFault(error);
    if (!(error instanceof Refusal)) throw error;
    complain(`${error.message}. ${error.fix}`);
    return 1;
  }
}

function usageFault(error: CommanderError): number {
  if (error.exitCode === 0) return 0;
  const said = bounded(error.message.replace(/^error: /, '').split('\n', 1)[0] ?? '', 300);
  complain(
    `Cannot run: ${said === '(outputHelp)' ? 'no command was given' : said}. See \`emisar-cloud --help\``,
  );
  return 2;
}

/** Where everything is kept when it is not the data directory; from the environment, as it may hold a password. */
function databaseUrl(): string | null {
  return process.env.EMISAR_DATABASE_URL || null;
}

process.exitCode = await main(process.argv.slice(2));
