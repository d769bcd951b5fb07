// `emisar-console keys mint`: keys for new hosts, written down in the form that brings them there. Their secrets
// leave once: on stdout, or into a new file of one's own.
import { lstat, readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { mintEnrollmentKeys, type MintedKey, type MintKeysBody } from '../../protocol/api/enrollment-keys.ts';
import { hostDocuments, hostForms, type HostForm } from '../../protocol/host-forms.ts';
import { neutralise } from '../../protocol/neutralise.ts';
import { writeFresh } from '../files/fresh-file.ts';
import { UsageError } from './confirmation.ts';
import { collect, durationSeconds, listed, oneOf, pairs, wholeNumber } from './flag-values.ts';
import { addVerb, type VerbContext, type VerbRunner } from './verb.ts';
import { readAll, writeText } from './verb-io.ts';

const MINT_MAX = 500;

interface MintOptions {
  readonly hosts?: string;
  readonly count?: string;
  readonly format?: string;
  readonly expires?: string;
  readonly group?: string;
  readonly label?: readonly string[];
  readonly packs?: string;
  readonly description?: string;
  readonly reusable?: boolean;
  readonly maxUses?: string;
}

export function addMintVerb(parent: Command, runner: VerbRunner): void {
  addVerb<MintOptions>(parent, runner, {
    usage: 'mint',
    summary: 'make keys and print their secrets, this once',
    examples: [
      'keys mint --expires 24h',
      'keys mint --hosts hosts.txt --group cassandra-prod --label role=db --format ansible --output hosts.yaml',
      'keys mint --hosts hosts.txt --format cloud-init --output user-data     # a folder with a file a host',
      'printf "web-1\\nweb-2\\n" | emisar-console keys mint --hosts - --format plain',
    ],
    writesFile: true,
    flags: (command) =>
      command
        .option('--hosts <file>', 'one key a host, names from a file, a line each; - for stdin')
        .option('--count <n>', 'so many keys')
        .option('--format <form>', `what they are written down for: ${hostForms.join(', ')}`)
        .option('--expires <duration>', 'such as 24h or 7d')
        .option('--group <group>', 'group that the host states')
        .option('--label <key=value>', 'label that the host states; may be repeated', collect)
        .option('--packs <ids>', 'of the packs that came with the program only these, with commas')
        .option('--description <text>', 'what they are for')
        .option('--reusable', 'may enroll more than one host')
        .option('--max-uses <n>', 'with --reusable: how many hosts'),
    run: mint,
  });
}

async function mint(context: VerbContext, options: MintOptions): Promise<void> {
  const form = mintForm(context, options.format);
  const bodies = await mintBodies(context, options);
  const { outputFile } = context;
  if (outputFile !== null) await requireFree(outputFile);
  const minted: MintedKey[] = [];
  try {
    for (const body of bodies) minted.push(...(await context.call(mintEnrollmentKeys, { body })).items);
  } finally {
    // What was minted before a failure exists, so it must be told.
    if (minted.length > 0) await tell(context, minted, form);
  }
  context.remark(
    `${minted.length} ${minted.length === 1 ? 'key' : 'keys'} minted; the secrets are not shown again`,
  );
}

async function tell({ io, outputFile, remark }: VerbContext, minted: readonly MintedKey[], form: HostForm) {
  const documents = hostDocuments(form, minted);
  const print = () => writeText(io.stdout, documents.map(({ text }) => text).join('---\n'));
  if (outputFile === null) return print();
  try {
    await writeFresh(documents, outputFile);
    remark(`Wrote ${neutralise(outputFile)}, readable by you alone`);
  } catch (error) {
    // They cannot be shown again: better here than nowhere.
    await print();
    const because = error instanceof Error ? error.message : String(error);
    throw new UsageError(`Cannot write ${neutralise(outputFile)}: ${because}; the keys were printed instead`);
  }
}

/** Before anything is minted: what is there is never overwritten. */
async function requireFree(path: string): Promise<void> {
  const found = await lstat(path).catch(() => null);
  if (found !== null)
    throw new UsageError(`Nothing was minted: ${neutralise(path)} exists already; name a new file`);
}

function mintForm({ options }: VerbContext, format: string | undefined): HostForm {
  if (format !== undefined) return oneOf(format, '--format', hostForms);
  if (options.json === true || options.output === 'json' || options.output === 'ndjson') return 'json';
  return options.output === 'csv' ? 'csv' : 'shell';
}

async function mintBodies(context: VerbContext, options: MintOptions): Promise<MintKeysBody[]> {
  if (options.hosts !== undefined && options.count !== undefined) {
    throw new UsageError('Cannot use --hosts and --count together: there is one key a host');
  }
  const common = commonWish(options);
  if (options.hosts === undefined) {
    return [{ ...common, count: wholeNumber(options.count ?? '1', '--count', MINT_MAX) }];
  }
  const hosts = await hostNames(context, options.hosts);
  const bodies: MintKeysBody[] = [];
  for (let from = 0; from < hosts.length; from += MINT_MAX) {
    bodies.push({ ...common, hosts: hosts.slice(from, from + MINT_MAX) });
  }
  return bodies;
}

function commonWish(options: MintOptions): MintKeysBody {
  const { group, label, packs, description, reusable, maxUses, expires } = options;
  return {
    ...(group === undefined ? {} : { group }),
    ...(label === undefined ? {} : { labels: pairs(label, '--label') }),
    ...(packs === undefined ? {} : { packs: listed(packs) }),
    ...(description === undefined ? {} : { description }),
    ...(reusable === undefined ? {} : { reusable }),
    ...(maxUses === undefined ? {} : { max_uses: wholeNumber(maxUses, '--max-uses', 100_000) }),
    ...(expires === undefined ? {} : { expires_in_seconds: durationSeconds(expires, '--expires') }),
  };
}

/** A name a line; blank lines, repeats and what follows # do not count. */
async function hostNames({ io }: VerbContext, file: string): Promise<string[]> {
  let text: string;
  try {
    text = file === '-' ? await readAll(io.stdin) : await readFile(file, 'utf8');
  } catch {
    throw new UsageError(`Cannot read the host names in ${neutralise(file)}`);
  }
  const names = text
    .split(/\r?\n/)
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((name) => name !== '');
  if (names.length === 0) throw new UsageError('Cannot mint keys: there is no host name in the list');
  return [...new Set(names)];
}
