// What the mint form asks for, and what is sent: one key a host, or so many keys.
import type { MintKeysBody } from '../../protocol/api/enrollment-keys.ts';
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
    name: 'keys',
    note: 'without hosts',
    help: 'How many keys, when no hosts are named',
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
    help: 'Goes into the command; the host states its own group',
    kind: 'text',
    placeholder: 'as the host says',
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

export function mintWish(state: FormState): MintWish {
  const hosts = hostsTyped(formText(state, 'hosts'));
  const count = formText(state, 'keys').trim() || '1';
  const group = formText(state, 'group').trim();
  const description = formText(state, 'description').trim();
  const seconds = secondsTyped(formText(state, 'expires in').trim());
  const errors: Record<string, string> = {};
  const tooLong = hosts.find((name) => name.length > 253);
  if (tooLong !== undefined) errors['hosts'] = 'a host name has at most 253 characters';
  if (hosts.length > MINT_MAX) errors['hosts'] = `at most ${MINT_MAX} at once; these are ${hosts.length}`;
  if (hosts.length === 0 && !isCount(count)) errors['keys'] = `a whole number from 1 to ${MINT_MAX}`;
  if (seconds === null) errors['expires in'] = 'from 1m to 366d, such as 30m, 24h or 7d';
  if (group.length > 80) errors['group'] = 'at most 80 characters';
  if (description.length > 200) errors['description'] = 'at most 200 characters';
  if (Object.keys(errors).length > 0 || seconds === null) return { errors };
  return {
    body: {
      ...(hosts.length > 0 ? { hosts } : { count: Number(count) }),
      expires_in_seconds: seconds,
      ...(group === '' ? {} : { group }),
      ...(description === '' ? {} : { description }),
    },
  };
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
