// Secrets leave the mint screen in two ways only: to the clipboard, and into files of one's own.
import type { MintedKey } from '../../protocol/api/enrollment-keys.ts';
import { hostDocuments, hostForms, type HostForm } from '../../protocol/host-forms.ts';
import { writeFreshIn } from '../files/fresh-file.ts';
import { plural } from '../format/amount.ts';
import { CLIPBOARD_MAX_BYTES } from './run-output-text.ts';

/** What one host gets: the line alone, or the whole document. */
export function copyOf(minted: MintedKey, form: HostForm): string {
  if (form === 'shell') return minted.command;
  return hostDocuments(form, [minted])[0]?.text ?? '';
}

/** All of it as one text, or why not. */
export function copyOfAll(
  minted: readonly MintedKey[],
  form: HostForm,
): { text: string } | { refused: string } {
  const [document, ...more] = hostDocuments(form, minted);
  if (document === undefined || more.length > 0)
    return { refused: 'Cannot copy them as one text: each host gets one of its own' };
  if (Buffer.byteLength(document.text) > CLIPBOARD_MAX_BYTES)
    return { refused: 'Cannot copy that many: no terminal takes them at once' };
  return { text: document.text };
}

/** Never overwrites; every file is 0600 from its first byte on. Says what was written, and where. */
export async function writeKeys(
  minted: readonly MintedKey[],
  form: HostForm,
  directory: string,
): Promise<string> {
  const documents = hostDocuments(form, minted);
  const path = await writeFreshIn(documents, directory, 'emisar-keys');
  const what = plural(minted.length, form === 'shell' ? 'command' : 'key');
  const where = documents.length === 1 ? path : `${path}/, a file each`;
  return `Wrote ${what} as ${form} to ${where}, readable by you alone`;
}

export function formAfter(form: HostForm): HostForm {
  return hostForms[(hostForms.indexOf(form) + 1) % hostForms.length] ?? 'shell';
}
