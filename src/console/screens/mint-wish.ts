// What the mint form asks for, and what is sent: one key a host, or so many keys.
import type { MintKeysBody } from '../../protocol/api/enrollment-keys.ts';
import { hostForms, type HostForm } from '../../protocol/host-forms.ts';
import { LabelKey, MAX_LABELS, PackName } from '../../protocol/host-setup.ts';
import { formText, type FormField, type FormState } from '../components/form-edit.ts';
import { plural } from '../format/amount.ts';

export const MINT_MAX = 500;

export const mintFields: readonly FormField[] = [
  {
    name: 'hosts',
    note: 'one key each',
    help: 'Names with commas or spaces between; paste a list, one a line',
    kind: 'text',
    placeholder: 'any host may use them',
  },
  {
    name: 'form',
    note: '',
    help: 'What they are written down for; v on the next screen turns to another',
    kind: 'choice',
    choices: hostForms,
    initial: 'shell',
  },
  {
    name: 'keys',
    note: 'without hosts',
    help: 'How many keys, when no hosts are named',
    kind: 'text',
    placeholder: '1',
  },
  {
    name: 'uses',
    note: 'a number, or any',
    help: 'How many hosts one key enrolls; more than one only without names',
    kind: 'text',
    placeholder: '1',
  },
  {
    name: 'expires in',
    note: 'such as 30m, 24h, 7d',
    help: 'A key that was not used by then enrolls nothing',
    kind: 'text',
    initial: '24h',
  },
  {
    name: 'group',
    note: '',
    help: 'Goes to the host, which states its own group',
    kind: 'text',
    placeholder: 'as the host says',
  },
  {
    name: 'labels',
    note: 'role=db region=eu',
    help: 'Go to the host, which states its own labels',
    kind: 'text',
    placeholder: 'as the host says',
  },
  {
    name: 'packs',
    note: 'ids',
    help: 'Of the packs that came with the program only these',
    kind: 'text',
    placeholder: 'all that it brings',
  },
  { name: 'description', note: '', help: 'What they are for', kind: 'text' },
];

export type MintWish =
  | { readonly body: MintKeysBody }
  | { readonly errors: Readonly<Record<string, string>> };

/** Names in order, each once. */
export function hostsTyped(text: string): string[] {
  return [...new Set(text.split(/[\s,;]+/).filter((name) => name !== ''))];
}

export function formTyped(state: FormState): HostForm {
  return hostForms.find((form) => form === formText(state, 'form')) ?? 'shell';
}

export function mintWish(state: FormState): MintWish {
  const typed = (name: string) => formText(state, name).trim();
  const hosts = hostsTyped(typed('hosts'));
  const count = typed('keys') || '1';
  const uses = typed('uses') || '1';
  const seconds = secondsTyped(typed('expires in'));
  const labels = labelsTyped(typed('labels'));
  const packs = hostsTyped(typed('packs'));
  const errors: Record<string, string> = {};
  const tooLong = hosts.find((name) => name.length > 253);
  if (tooLong !== undefined) errors['hosts'] = 'a host name has at most 253 characters';
  if (hosts.length > MINT_MAX) errors['hosts'] = `at most ${MINT_MAX} at once; these are ${hosts.length}`;
  if (hosts.length === 0 && !isCount(count)) errors['keys'] = `a whole number from 1 to ${MINT_MAX}`;
  if (!/^([1-9]\d{0,4}|any)$/.test(uses)) errors['uses'] = 'a whole number from 1 to 99999, or any';
  else if (hosts.length > 0 && uses !== '1') errors['uses'] = 'a key for a named host enrolls that one';
  if (seconds === null) errors['expires in'] = 'from 1m to 366d, such as 30m, 24h or 7d';
  if (typed('group').length > 80) errors['group'] = 'at most 80 characters';
  if (labels === null) errors['labels'] = 'key=value, the key of a-z, 0-9 and _, at most 32 of them';
  const wrong = packs.find((id) => !PackName.safeParse(id).success);
  if (wrong !== undefined) errors['packs'] = 'ids of packs with spaces between, such as linux-core';
  if (typed('description').length > 200) errors['description'] = 'at most 200 characters';
  if (Object.keys(errors).length > 0 || seconds === null || labels === null) return { errors };
  return {
    body: {
      ...(hosts.length > 0 ? { hosts } : { count: Number(count) }),
      ...(uses === '1' ? {} : { reusable: true, ...(uses === 'any' ? {} : { max_uses: Number(uses) }) }),
      expires_in_seconds: seconds,
      ...(typed('group') === '' ? {} : { group: typed('group') }),
      ...(Object.keys(labels).length === 0 ? {} : { labels }),
      ...(packs.length === 0 ? {} : { packs }),
      ...(typed('description') === '' ? {} : { description: typed('description') }),
    },
  };
}

/** Null for what is none. */
function labelsTyped(text: string): Record<string, string> | null {
  const pairs = text.split(/[\s,]+/).filter((pair) => pair !== '');
  const labels = Object.fromEntries(
    pairs.map((pair) => [pair.slice(0, Math.max(0, pair.indexOf('='))), pair.slice(pair.indexOf('=') + 1)]),
  ) as Record<string, string>;
  const entries = Object.entries(labels);
  const good = entries.every(
    ([key, value]) => LabelKey.safeParse(key).success && value !== '' && value.length <= 200,
  );
  return good && entries.length <= MAX_LABELS ? labels : null;
}

function isCount(text: string): boolean {
  return /^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= MINT_MAX;
}

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** Null for what is no time from a minute to a year. */
export function secondsTyped(text: string): number | null {
  const [, digits = '', unit = ''] = /^(\d{1,8})([smhdw])$/.exec(text) ?? [];
  const seconds = Number(digits) * (unitSeconds[unit] ?? 0);
  return seconds >= 60 && seconds <= 366 * 86_400 ? seconds : null;
}

/** What the button does with what is typed now. */
export function mintLabel(state: FormState): string {
  const hosts = hostsTyped(formText(state, 'hosts')).length;
  const count = formText(state, 'keys').trim() || '1';
  if (hosts > 0) return `Mint ${plural(hosts, 'key')}, one a host`;
  return isCount(count) ? `Mint ${plural(Number(count), 'key')}` : 'Mint keys';
}
