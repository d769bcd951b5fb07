// `emisar-console keys …`: enrollment keys. Their secrets are printed once, on stdout, by `mint` alone.
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import {
  getEnrollmentKey,
  listEnrollmentKeys,
  mintEnrollmentKeys,
  revokeEnrollmentKey,
  type EnrollmentKey,
  type MintedKey,
  type MintKeysBody,
} from '../../protocol/api/enrollment-keys.ts';
import { neutralise } from '../../protocol/neutralise.ts';
import { createKeySelector } from '../store/enrollment-keys.ts';
import { UsageError } from './confirmation.ts';
import { csvLine } from '../../protocol/quoting.ts';
import { durationSeconds, wholeNumber } from './flag-values.ts';
import { readPages } from './pages.ts';
import { shownInstant } from './print.ts';
import type { Column } from './table-text.ts';
import { addVerb, type VerbContext, type VerbRunner } from './verb.ts';
import { readAll, writeText } from './verb-io.ts';

const mintForms = ['shell', 'json', 'csv', 'plain'] as const;
type MintForm = (typeof mintForms)[number];
const MINT_MAX = 500;

interface MintOptions {
  readonly hosts?: string;
  readonly count?: string;
  readonly format?: string;
  readonly expires?: string;
  readonly group?: string;
  readonly description?: string;
  readonly reusable?: boolean;
  readonly maxUses?: string;
}

const columns: Column<EnrollmentKey>[] = [
  { title: 'KEY', value: (key) => `${key.prefix}…` },
  { title: 'STATE', value: (key) => key.state },
  { title: 'HOST', value: (key) => key.host },
  {
    title: 'USES',
    value: (key) =>
      key.reusable ? `${key.uses_count} of ${key.max_uses ?? 'any'}` : `${key.uses_count} of 1`,
  },
  { title: 'EXPIRES', value: (key) => shownInstant(key.expires_at) },
  { title: 'CREATED', value: (key) => shownInstant(key.created_at) },
  { title: 'BY', value: (key) => key.created_by },
  { title: 'ID', value: (key) => key.id },
];

export function addKeysVerbs(program: Command, runner: VerbRunner): void {
  const parent = program.command('keys').description('enrollment keys for new hosts');
  addVerb<MintOptions>(parent, runner, {
    usage: 'mint',
    summary: 'make keys and print their secrets, this once',
    examples: [
      'keys mint --expires 24h',
      'keys mint --hosts hosts.txt --group cassandra-prod --format csv',
      'printf "web-1\\nweb-2\\n" | emisar-console keys mint --hosts - --format plain',
    ],
    flags: (command) =>
      command
        .option('--hosts <file>', 'one key a host, names from a file, a line each; - for stdin')
        .option('--count <n>', 'so many keys')
        .option('--format <form>', `how to print them: ${mintForms.join(', ')}`)
        .option('--expires <duration>', 'such as 24h or 7d')
        .option('--group <group>', 'group that the command states for the host')
        .option('--description <text>', 'what they are for')
        .option('--reusable', 'may enroll more than one host')
        .option('--max-uses <n>', 'with --reusable: how many hosts'),
    run: mint,
  });
  addVerb<{ state?: string }>(parent, runner, {
    usage: 'list [filter...]',
    summary: 'keys, those that can still enroll a host first',
    examples: ['keys list', 'keys list status:active --json'],
    async run({ call, print }, _options, ...filter) {
      const { items } = await readPages(call, listEnrollmentKeys, {});
      const enrollmentKeys = new Map(items.map((key) => [key.id, key]));
      const view = createKeySelector()({ enrollmentKeys }, { filter: filter.join(' ') });
      if (view.error !== null) throw new UsageError(view.error);
      await print.list(view.rows, columns, { items: view.rows, total: view.rows.length });
    },
  });
  addVerb(parent, runner, {
    usage: 'revoke <key>',
    summary: 'end a key, by id, by its leading characters, or by the host it was minted for',
    examples: ['keys revoke key_0K3… --yes', 'keys revoke web-1 --yes'],
    async run(context, _options, ref) {
      const key = await findKey(context, ref ?? '');
      const consequence = `The key ${key.prefix}… can enroll no host any more; hosts that it enrolled stay`;
      await context.confirm({ consequence, typedName: null });
      const after = await context.call(revokeEnrollmentKey, { params: { id: key.id } });
      await context.print.outcome(after, `${after.prefix}… is ${after.state}`);
    },
  });
}

async function findKey({ call }: VerbContext, ref: string): Promise<EnrollmentKey> {
  if (ref.startsWith('key_')) return call(getEnrollmentKey, { params: { id: ref } });
  const { items } = await readPages(call, listEnrollmentKeys, {});
  const wanted = ref.replace(/…$/, '');
  const found = items.filter(
    (key) => key.prefix === wanted || (key.host === wanted && key.state === 'active'),
  );
  const [only] = found;
  if (found.length > 1)
    throw new UsageError(
      `Cannot tell which key is meant by ${neutralise(ref)}: ${found.length} fit; name its id`,
    );
  return only ?? call(getEnrollmentKey, { params: { id: ref } });
}

async function mint(context: VerbContext, options: MintOptions): Promise<void> {
  const form = mintForm(context, options.format);
  const bodies = await mintBodies(context, options);
  const minted: MintedKey[] = [];
  try {
    for (const body of bodies) minted.push(...(await context.call(mintEnrollmentKeys, { body })).items);
  } finally {
    // What was minted before a failure exists, so it must be told.
    if (minted.length > 0) await writeText(context.io.stdout, mintedText(minted, form));
  }
  context.remark(
    `${minted.length} ${minted.length === 1 ? 'key' : 'keys'} minted; the secrets are not shown again`,
  );
}

function mintForm({ options }: VerbContext, format: string | undefined): MintForm {
  if (format !== undefined) {
    const known = mintForms.find((form) => form === format);
    if (known === undefined)
      throw new UsageError(`Cannot print keys as ${neutralise(format)}: choose ${mintForms.join(', ')}`);
    return known;
  }
  if (options.json === true || options.output === 'json' || options.output === 'ndjson') return 'json';
  return options.output === 'csv' ? 'csv' : 'shell';
}

async function mintBodies(context: VerbContext, options: MintOptions): Promise<MintKeysBody[]> {
  if (options.hosts !== undefined && options.count !== undefined) {
    throw new UsageError('Cannot use --hosts and --count together: there is one key a host');
  }
  const common: MintKeysBody = {
    ...(options.group === undefined ? {} : { group: options.group }),
    ...(options.description === undefined ? {} : { description: options.description }),
    ...(options.reusable === undefined ? {} : { reusable: options.reusable }),
    ...(options.maxUses === undefined
      ? {}
      : { max_uses: wholeNumber(options.maxUses, '--max-uses', 100_000) }),
    ...(options.expires === undefined
      ? {}
      : { expires_in_seconds: durationSeconds(options.expires, '--expires') }),
  };
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

function mintedText(minted: readonly MintedKey[], form: MintForm): string {
  switch (form) {
    case 'json':
      return `${JSON.stringify({ items: minted }, null, 2)}\n`;
    case 'plain':
      return minted.map(({ secret }) => `${secret}\n`).join('');
    case 'csv':
      return [
        csvLine(['host', 'secret', 'expires_at', 'id']),
        ...minted.map(({ key, secret }) =>
          csvLine([key.host === null ? '' : neutralise(key.host), secret, key.expires_at ?? '', key.id]),
        ),
      ]
        .map((line) => `${line}\n`)
        .join('');
    case 'shell':
      return minted
        .map(
          ({ key, command }) =>
            `${key.host === null ? '' : `# ${neutralise(key.host)}\n`}${neutralise(command)}\n`,
        )
        .join('');
  }
}
