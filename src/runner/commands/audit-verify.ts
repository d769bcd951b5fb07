// `emisar audit verify [PATH]`: whether the journal is whole. One file by itself, or with --all every file and
// the record of the rotated ones, or with --against-cloud also the events that the control plane has stored.
import type { Command } from 'commander';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { errorCode } from '../host/durable-file.ts';
import { missingEvents } from '../journal/anchored.ts';
import { verdictOf, verifyJournal, type FileVerdict } from '../journal/verify-journal.ts';
import { tokenPathOf } from '../config.ts';
import type { RunnerConfig } from '../config-file.ts';
import { cloudAddress } from '../link/address.ts';
import { askStoredEvents } from '../link/stored-events.ts';
import { readTokenFile } from '../link/token-file.ts';
import { printJson } from './print.ts';
import { configFor, flagsOf, UsageError, type Toolbox } from './toolbox.ts';

interface Flags {
  readonly all?: boolean;
  readonly againstCloud?: boolean;
}

export function addAuditVerify(group: Command, toolbox: Toolbox): void {
  const command = group
    .command('verify')
    .description('whether the journal was changed, cut or reordered')
    .argument('[path]', 'a journal file, instead of the configured one')
    .option('--all', 'every rotated file too, and whether one is missing or was cut')
    .option('--against-cloud', 'also whether the events that the control plane has stored are there');
  command.action(async (path: string | undefined, flags: Flags) => {
    if (path !== undefined && flags.againstCloud)
      throw new UsageError('Cannot use --against-cloud with a path: it compares the configured journal');
    const config = path === undefined ? await configFor(toolbox, command) : null;
    const journalPath = config ? config.events.jsonlPath : resolve(path ?? '');
    const isWhole = flags.all === true || flags.againstCloud === true;
    const known = new Set<string>();
    const verdicts = isWhole
      ? await verifySteadily(journalPath, known)
      : [(await verdictOf(journalPath)).verdict];
    if (verdicts.length === 0) throw new UsageError(`Cannot find a journal at ${journalPath}`);
    tell(toolbox, flagsOf(command).json === true, verdicts);
    if (config && flags.againstCloud) await compareWithCloud(toolbox, command, config, known);
    const broken = verdicts.filter((verdict) => !verdict.intact).length;
    if (broken > 0)
      throw new UsageError(`Cannot vouch for the journal: ${broken} of ${verdicts.length} files failed`);
  });
}

// A daemon may write and rotate while we read: only what is still wrong at a second look is wrong.
async function verifySteadily(path: string, known: Set<string>): Promise<FileVerdict[]> {
  const look = () => {
    known.clear();
    return verifyJournal(path, (eventId) => void known.add(eventId)).catch((error: unknown) => {
      throw new UsageError(`Cannot read the journal ${path}: ${errorCode(error) ?? String(error)}`);
    });
  };
  const verdicts = await look();
  return verdicts.every((verdict) => verdict.intact) ? verdicts : look();
}

function tell(toolbox: Toolbox, isJson: boolean, verdicts: readonly FileVerdict[]): void {
  if (isJson) {
    const shown = verdicts.map(({ path, intact, error }) => ({
      path,
      intact,
      ...(error !== undefined && { error }),
    }));
    return printJson(toolbox.out, shown);
  }
  for (const { path, intact, error = '', lines = 0 } of verdicts) {
    if (intact) toolbox.out(`${path}: intact, ${lines} lines\n`);
    else toolbox.err(`${path}: ${error}\n`);
  }
}

async function compareWithCloud(
  toolbox: Toolbox,
  command: Command,
  config: RunnerConfig,
  known: ReadonlySet<string>,
): Promise<void> {
  const stored = await storedEvents(toolbox, config);
  const [oldest = ''] = known;
  const [missing] = missingEvents(stored, { oldest, has: (eventId) => known.has(eventId) });
  if (missing !== undefined) {
    throw new UsageError(
      `Cannot vouch for the journal: the control plane has stored the event ${missing}, which is not in it; it was ` +
        'cut or replaced, or is not the one of this runner',
    );
  }
  if (flagsOf(command).json) return;
  const [last] = stored;
  toolbox.out(
    last === undefined
      ? 'control plane: has stored no event of this runner yet\n'
      : `control plane: the last event that it has stored is there, ${last}\n`,
  );
}

async function storedEvents(toolbox: Toolbox, config: RunnerConfig): Promise<readonly string[]> {
  if (config.cloud.url === '')
    throw new UsageError('Cannot compare with the control plane: cloud.url is not set in the configuration');
  const { storedEvents: url } = cloudAddress(config.cloud.url, config.cloud.allowInsecure);
  const token = await readTokenFile(tokenPathOf(config));
  if (!token)
    throw new UsageError(
      `Cannot compare with the control plane: there is no runner token in ${tokenPathOf(config)}`,
    );
  const { caFile } = config.cloud;
  const answer = await askStoredEvents(url, token.token, {
    clock: toolbox.clock,
    ca: caFile === null ? undefined : readFileSync(caFile, 'utf8'),
    signal: new AbortController().signal,
  });
  if (answer.kind === 'known') return answer.eventIds;
  throw new UsageError(
    answer.kind === 'none'
      ? `Cannot compare with the control plane: the one at ${url.origin} does not tell which events it has stored`
      : `Cannot compare with the control plane: ${answer.because}`,
  );
}
