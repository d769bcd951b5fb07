// The program `emisar-cloud`: its arguments, its exit codes, what it prints. 0 done, 1 refused, 2 wrong usage.
import { Command, CommanderError } from 'commander';
import { Refusal } from '../protocol/errors.ts';
import { bounded } from '../protocol/neutralise.ts';
import { initialise } from './commands/init-command.ts';
import { addMemberCommands } from './commands/member-verbs.ts';
import { serve } from './commands/serve-command.ts';
import { addStoreCommands } from './commands/store-verbs.ts';
import { dataDirOption, jsonOption, withExamples, type Terminal } from './commands/terminal.ts';
import { addAuditCommands, addTokenCommands } from './commands/token-verbs.ts';
import { PRODUCT, VERSION, readServeConfig } from './config.ts';
import { createLog } from './log.ts';
import { readNoticeConfig } from './notice-config.ts';

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const complain = (sentence: string): void => void process.stderr.write(`${sentence}\n`);

let foundBad = false;
const terminal: Terminal = { print, remark: complain, fail: () => (foundBad = true), databaseUrl };

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
  emisar-cloud members invite mara --data-dir /var/lib/emisar-cloud --role admin --all
  emisar-cloud backup --data-dir /var/lib/emisar-cloud /var/backups/emisar.db
  emisar-cloud doctor --data-dir /var/lib/emisar-cloud

Environment:
  EMISAR_DATABASE_URL   postgresql://USER:PASSWORD@HOST:PORT/NAME keeps everything in PostgreSQL instead of
                        the data directory, for all commands alike
  EMISAR_SMTP_URL       smtps://USER:PASSWORD@HOST:PORT, or smtp:// for STARTTLS; EMISAR_SMTP_URL_FILE names a
                        file with it. Members with an e-mail address are then told of approvals`,
    );
  addInit(program);
  addServe(program);
  addTokenCommands(program, terminal);
  addMemberCommands(program, terminal);
  addAuditCommands(program, terminal);
  addStoreCommands(program, terminal);
  withExamples(
    program
      .command('version')
      .description('print the version')
      .action(() => print(`${PRODUCT} version ${VERSION}`)),
    'version',
  );
  return program;
}

function addInit(program: Command): void {
  withExamples(
    program
      .command('init')
      .description('set up a data directory: account, owner, first operator token (printed once)')
      .addOption(dataDirOption())
      .option('--account <name>', 'name of the account', 'emisar')
      .addOption(jsonOption())
      .action(init),
    'init --data-dir /var/lib/emisar-cloud --account acme',
  );
}

function addServe(program: Command): void {
  withExamples(
    program
      .command('serve')
      .description('serve the operator API, the event stream and the runners')
      .addOption(dataDirOption())
      .option('--listen <host:port>', 'address to listen on; port 0 picks a free one', '127.0.0.1:8443')
      .option('--public-url <url>', 'how hosts and consoles reach this server')
      .option('--tls-cert <file>', 'certificate chain, PEM')
      .option('--tls-key <file>', 'private key, PEM')
      .option('--behind-proxy <cidr>', 'addresses of the proxy that speaks TLS and sets X-Forwarded-For')
      .option('--notices-allow <cidr>', 'private addresses to which webhooks may lead, with commas between')
      .option('--notices-ca <file>', 'authority of receivers and of the mail server, PEM')
      .option('--mail-from <address>', 'sender of the mail about approvals; needs EMISAR_SMTP_URL')
      .option('--minimum-runner-version <version>', 'runners below it are marked unsupported')
      .option('--recommended-runner-version <version>', 'runners below it are marked outdated')
      .option('--enforce-runner-version', 'refuse runners below the minimum when they connect')
      .option('--attached', 'end when standard input closes')
      .action(async ({ attached, ...flags }) => {
        await serve(readServeConfig({ ...flags, databaseUrl: databaseUrl() }), {
          notices: readNoticeConfig(flags, process.env),
          log: createLog('info'),
          announce: (url) => print(`listening on ${url}`),
          attachedTo: attached === true ? process.stdin : null,
        });
      }),
    'serve --data-dir /var/lib/emisar-cloud --listen 127.0.0.1:8443',
    'serve --data-dir /var/lib/emisar-cloud --listen 0.0.0.0:443 --tls-cert cert.pem --tls-key key.pem',
  );
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
    return foundBad ? 1 : 0;
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
