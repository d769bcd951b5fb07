// `emisar-cloud backup`, `restore` and `doctor`: what somebody does with the store as a whole.
import type { Command } from 'commander';
import { reportLines } from '../../doctor/report.ts';
import { Refusal } from '../../protocol/errors.ts';
import { proofLines } from './admin-command.ts';
import { backUp } from './backup-command.ts';
import { examine, type DoctorFlags } from './doctor-command.ts';
import { restore, restoreMeans } from './restore-command.ts';
import type { StoreFacts } from './store-file.ts';
import { dataDirOption, jsonOption, withExamples, type Terminal } from './terminal.ts';

interface FileFlags {
  dataDir: string;
  json?: boolean;
}

export function addStoreCommands(program: Command, terminal: Terminal): void {
  withExamples(
    program
      .command('backup')
      .description('write a verified copy of everything, also while a server runs')
      .argument('<file>', 'where to; it must not exist')
      .addOption(dataDirOption())
      .addOption(jsonOption())
      .action((file: string, flags: FileFlags) => makeBackup(terminal, file, flags)),
    'backup --data-dir /var/lib/emisar-cloud /var/backups/emisar-$(date +%F).db',
  );
  withExamples(
    program
      .command('restore')
      .description('put a backup in the place of what is there, which is kept; no server may run')
      .argument('<file>', 'made by `emisar-cloud backup`')
      .addOption(dataDirOption())
      .addOption(jsonOption())
      .action((file: string, flags: FileFlags) => bringBack(terminal, file, flags)),
    'restore --data-dir /var/lib/emisar-cloud /var/backups/emisar-2026-01-31.db',
  );
  withExamples(
    program
      .command('doctor')
      .description('what is right and what is wrong here; exits 1 when something is wrong')
      .addOption(dataDirOption())
      .option('--listen <host:port>', 'address that `serve` will listen on')
      .option('--public-url <url>', 'how hosts and consoles will reach it')
      .option('--tls-cert <file>', 'certificate chain, PEM')
      .option('--tls-key <file>', 'private key, PEM')
      .option('--behind-proxy <cidr>', 'addresses of the proxy')
      .addOption(jsonOption())
      .action((flags: DoctorFlags & { json?: boolean }) => checkUp(terminal, flags)),
    'doctor --data-dir /var/lib/emisar-cloud',
    'doctor --data-dir /var/lib/emisar-cloud --listen 0.0.0.0:443 --tls-cert cert.pem --tls-key key.pem --json',
  );
}

async function makeBackup(terminal: Terminal, file: string, { dataDir, json }: FileFlags): Promise<void> {
  const place = { dataDir, databaseUrl: terminal.databaseUrl(), file };
  const made = await backUp(place, terminal.remark);
  if (json === true) terminal.print(JSON.stringify(made));
  else {
    terminal.print(`Backed up to ${made.file}: ${(made.size_bytes / 1_000_000).toFixed(1)} MB, whole`);
    tellFacts(terminal, made);
  }
  refuseBroken(made);
}

async function bringBack(terminal: Terminal, file: string, { dataDir, json }: FileFlags): Promise<void> {
  const done = await restore({ dataDir, databaseUrl: terminal.databaseUrl(), file });
  if (json === true) terminal.print(JSON.stringify(done));
  else {
    terminal.print(`Restored ${done.file}`);
    tellFacts(terminal, done);
    if (done.kept !== null) terminal.print(`What was there before is kept as ${done.kept}`);
    for (const line of restoreMeans) terminal.print(line);
  }
  refuseBroken(done);
}

function tellFacts({ print }: Terminal, { schema, newest_event_at: at, proofs }: StoreFacts): void {
  print(`Schema ${schema}; newest event of ${at ?? 'never'}`);
  for (const line of proofs === null ? [] : proofLines(proofs)) print(line);
}

function refuseBroken({ proofs }: StoreFacts): void {
  if (proofs?.some(({ fault }) => fault !== null) === true) throw new Refusal('audit_broken');
}

async function checkUp(terminal: Terminal, flags: DoctorFlags & { json?: boolean }): Promise<void> {
  const report = await examine({ ...flags, databaseUrl: terminal.databaseUrl() });
  if (flags.json === true) terminal.print(JSON.stringify(report));
  else for (const line of reportLines(report)) terminal.print(line);
  if (report.status === 'fail') terminal.fail();
}
