// One editable line as a value: what keys do to it. Drawing it is text-line.tsx.
import { neutralise } from '../../protocol/neutralise.ts';
import type { KeyPress } from '../keymap/key-press.ts';

/** Graphemes and the place of the caret among them. */
export interface TextEdit {
  readonly parts: readonly string[];
  readonly caret: number;
}

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** The text with the caret behind it. */
export function editOf(text: string): TextEdit {
  const parts = Array.from(segmenter.segment(text), ({ segment }) => segment);
  return { parts, caret: parts.length };
}

export function textOf(edit: TextEdit): string {
  return edit.parts.join('');
}

/** Text put in at the caret; line ends become spaces and controls visible marks. */
export function insertText(edit: TextEdit, text: string): TextEdit {
  const clean = neutralise(text.replace(/\r?\n$/, '').replaceAll(/\r?\n|\r|\t/g, ' '));
  const joined = editOf(edit.parts.slice(0, edit.caret).join('') + clean);
  return { parts: [...joined.parts, ...edit.parts.slice(edit.caret)], caret: joined.parts.length };
}

/** The line after a key, or null when the key does not belong to editing. */
export function editKey(edit: TextEdit, key: KeyPress): TextEdit | null {
  if (key.text !== '') return insertText(edit, key.text);
  const { parts, caret } = edit;
  switch (key.name) {
    case 'left':
    case 'ctrl-b':
      return { parts, caret: Math.max(0, caret - 1) };
    case 'right':
    case 'ctrl-f':
      return { parts, caret: Math.min(parts.length, caret + 1) };
    case 'home':
    case 'ctrl-a':
      return { parts, caret: 0 };
    case 'end':
    case 'ctrl-e':
      return { parts, caret: parts.length };
    case 'backspace':
      return remove(edit, Math.max(0, caret - 1), caret);
    case 'delete':
    case 'ctrl-d':
      return remove(edit, caret, caret + 1);
    case 'ctrl-u':
      return remove(edit, 0, caret);
    case 'ctrl-k':
      return remove(edit, caret, parts.length);
    case 'ctrl-w':
      return remove(edit, wordStart(edit), caret);
    default:
      return null;
  }
}

function remove({ parts }: TextEdit, from: number, to: number): TextEdit {
  return { parts: [...parts.slice(0, from), ...parts.slice(to)], caret: from };
}

function wordStart({ parts, caret }: TextEdit): number {
  let at = caret;
  while (at > 0 && parts[at - 1] === ' ') at -= 1;
  while (at > 0 && parts[at - 1] !== ' ') at -= 1;
  return at;
}
