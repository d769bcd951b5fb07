// `emisar-console keys …`: enrollment keys. Minting them, and with it their secrets, is keys-mint.ts.
import type { Command } from 'commander';
import {
  getEnrollmentKey,
  listEnrollmentKeys,
  revokeEnrollmentKey,
  type EnrollmentKey,
} from '../../protocol/api/enrollment-keys.ts';
import { neutralise } from '../../protocol/neutralise.ts';
import { createKeySelector } from '../store/enrollment-keys.ts';
import { UsageError } from './confirmation.ts';
import { addMintVerb } from './keys-mint.ts';
import { readPages } from '../store/pages.ts';
import { shownInstant } from './print.ts';
import type { Column } from './table-text.ts';
import { addVerb, type VerbContext, type VerbRunner } from './verb.ts';

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
  addMintVerb(parent, runner);
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
