// What the form for a further token asks for, and what is sent.
import type { z } from 'zod';
import type { Access } from '../../protocol/access.ts';
import type { mintToken } from '../../protocol/api/session.ts';
import type { Runner } from '../../protocol/api/runners.ts';
import { formText, type FormField, type FormState } from '../components/form-edit.ts';
import type { FormErrors } from './form-page.tsx';
import { secondsTyped } from './mint-wish.ts';

export const tokenFields: readonly FormField[] = [
  { name: 'name', kind: 'text', note: 'required', help: 'Where it will be used: ci of the web team' },
  {
    name: 'expires in',
    kind: 'text',
    note: 'such as 12h, 90d, never',
    help: 'It stops working by itself then',
    initial: '90d',
  },
  {
    name: 'runners',
    kind: 'text',
    note: 'group:web db-1',
    help: 'Groups and runners that it reaches, never more than you do',
    placeholder: 'all that you reach',
  },
  {
    name: 'packs',
    kind: 'text',
    note: 'linux-core docker',
    help: 'Packs whose actions it may use',
    placeholder: 'all that you reach',
  },
];

export type TokenWish =
  | { readonly body: z.input<(typeof mintToken)['body']> }
  | { readonly errors: FormErrors };

export function tokenWish(state: FormState, runners: ReadonlyMap<string, Runner>): TokenWish {
  const name = formText(state, 'name').trim();
  const lifetime = formText(state, 'expires in').trim();
  const seconds = secondsTyped(lifetime);
  const selectors = wordsIn(formText(state, 'runners')).map((word) => selectorOf(word, runners));
  const packs = wordsIn(formText(state, 'packs'));
  const errors: Record<string, string> = {};
  if (name === '') errors['name'] = 'it is needed';
  if (name.length > 80) errors['name'] = 'at most 80 characters';
  if (seconds === null && lifetime !== 'never') errors['expires in'] = 'from 1m to 366d, or never';
  const unknown = selectors.find((selector) => 'unknown' in selector);
  if (unknown !== undefined && 'unknown' in unknown)
    errors['runners'] = `there is no runner or group ${unknown.unknown}`;
  if (Object.keys(errors).length > 0) return { errors };
  const scope = scopeOf(
    selectors.flatMap((selector) => ('is' in selector ? [selector.is] : [])),
    packs,
  );
  return {
    body: {
      name,
      ...(seconds === null ? {} : { expires_in_seconds: seconds }),
      ...(scope === null ? {} : { scope }),
    },
  };
}

function wordsIn(text: string): string[] {
  return [...new Set(text.split(/[\s,;]+/).filter((word) => word !== ''))];
}

/** Groups are named as they are; a runner by its name, sent by its id. */
function selectorOf(
  word: string,
  runners: ReadonlyMap<string, Runner>,
): { readonly is: string } | { readonly unknown: string } {
  const all = [...runners.values()];
  const wanted = word.replace(/^runner:/, '');
  const found = all.find(({ id, name }) => id === wanted || name === wanted);
  if (found !== undefined) return { is: `runner:${found.id}` };
  const name = word.replace(/^group:/, '');
  return all.some(({ group }) => group === name) ? { is: `group:${name}` } : { unknown: word };
}

/** Null when it is to reach what its member reaches. */
function scopeOf(selectors: readonly string[], packs: readonly string[]): Access | null {
  if (selectors.length === 0 && packs.length === 0) return null;
  return {
    runner_access: selectors.length === 0 ? 'all' : 'restricted',
    runner_selectors: [...selectors],
    pack_access: packs.length === 0 ? 'all' : 'restricted',
    pack_ids: [...packs],
  };
}
