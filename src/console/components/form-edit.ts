// A form as a value: which field has the focus, what is typed in each, and what a key does to it. Drawing it
// is form-lines.ts.
import type { KeyPress } from '../keymap/key-press.ts';
import { editKey, editOf, insertText, textOf, type TextEdit } from './text-edit.ts';

export interface FormField {
  readonly name: string;
  /** What is shown; without it, the name. */
  readonly label?: string | undefined;
  /** Behind the name, dim: `integer · required`. */
  readonly note: string;
  readonly help: string;
  readonly kind: 'text' | 'secret' | 'choice';
  /** What a `choice` may be; the empty text stands for leaving it out. */
  readonly choices?: readonly string[] | undefined;
  /** What holds when it is left empty. */
  readonly placeholder?: string | undefined;
  /** What it says before anything is typed. */
  readonly initial?: string | undefined;
}

export interface FormState {
  readonly edits: Readonly<Record<string, TextEdit>>;
  /** Place in the list of fields; the one after the last is the button. */
  readonly focus: number;
}

export function formOf(fields: readonly FormField[]): FormState {
  const edits: Record<string, TextEdit> = Object.create(null) as Record<string, TextEdit>;
  for (const { name, initial = '' } of fields) edits[name] = editOf(initial);
  return { edits, focus: 0 };
}

export function formText(state: FormState, name: string): string {
  const edit = Object.hasOwn(state.edits, name) ? state.edits[name] : undefined;
  return edit === undefined ? '' : textOf(edit);
}

export function withText(state: FormState, name: string, text: string): FormState {
  return { ...state, edits: { ...state.edits, [name]: editOf(text) } };
}

/** The form after a key, or null when the key does not belong to it (Enter on the button, Escape). */
export function formKey(fields: readonly FormField[], state: FormState, key: KeyPress): FormState | null {
  const field = fields[state.focus];
  const places = fields.length + 1;
  const to = (focus: number) => ({ ...state, focus: (focus + places) % places });
  // Up from the first field is the button: what is filled in already need not be walked through.
  if (['up', 'shift-tab'].includes(key.name)) return to(state.focus - 1);
  if (['down', 'tab'].includes(key.name)) return to(Math.min(state.focus + 1, fields.length));
  if (key.name === 'esc' || field === undefined) return null;
  if (key.name === 'enter') return to(state.focus + 1);
  const text = formText(state, field.name);
  if (field.kind === 'choice') {
    const chosen = chosenBy(field.choices ?? [], text, key);
    return chosen === null ? null : withText(state, field.name, chosen);
  }
  const next = editKey(state.edits[field.name] ?? editOf(''), key);
  return next === null ? null : { ...state, edits: { ...state.edits, [field.name]: next } };
}

/** Pasted text goes into the field that has the focus, never to a verb. */
export function formPaste(fields: readonly FormField[], state: FormState, text: string): FormState {
  const field = fields[state.focus];
  if (field === undefined) return state;
  if (field.kind === 'choice') {
    const wanted = text.trim();
    return field.choices?.includes(wanted) === true ? withText(state, field.name, wanted) : state;
  }
  const edit = insertText(state.edits[field.name] ?? editOf(''), text);
  return { ...state, edits: { ...state.edits, [field.name]: edit } };
}

function chosenBy(choices: readonly string[], current: string, key: KeyPress): string | null {
  const at = choices.indexOf(current);
  const step = { right: 1, space: 1, left: -1 }[key.name];
  if (step !== undefined) return choices[(at + step + choices.length) % choices.length] ?? null;
  if (key.text === '') return null;
  const letter = key.text.toLowerCase();
  const later = [...choices.slice(at + 1), ...choices.slice(0, at + 1)];
  return later.find((choice) => choice.toLowerCase().startsWith(letter)) ?? null;
}
