// The keys and the memory of a form. What was typed into one that fills a screen stays with the place, except
// secrets; a dialog begins anew each time.
import { useContext, useRef, useState } from 'react';
import { useCapture } from '../keymap/use-keys.ts';
import { formKey, formOf, formPaste, type FormField, type FormState } from './form-edit.ts';
import { MemoryContext, type Memory } from './remembered.ts';

interface FormSettings {
  /** Names the form within its place. */
  readonly name: string;
  readonly fields: readonly FormField[];
  readonly onSubmit: (state: FormState) => void;
  readonly onLeave: () => void;
  readonly busy: boolean;
  readonly isDialog?: boolean;
}

export interface FormModel {
  readonly state: FormState;
  readonly set: (next: FormState) => void;
}

export function useForm(settings: FormSettings): FormModel {
  const { name, fields, onSubmit, onLeave, busy, isDialog = false } = settings;
  const place = useContext(MemoryContext);
  const [own] = useState<Memory>(() => new Map());
  const memory = isDialog ? own : place;
  const [held, setHeld] = useState(() => ({ name, state: startOf(memory, name, fields) }));
  const state = held.name === name ? held.state : startOf(memory, name, fields);
  // Keys that arrive in one event are all applied before the next render, so the newest state is held here.
  const newest = useRef(held);
  const latest = () => (newest.current.name === name ? newest.current.state : state);
  const set = (next: FormState) => {
    newest.current = { name, state: next };
    memory.set(`form.${name}`, withoutSecrets(fields, next));
    setHeld(newest.current);
  };
  useCapture(
    (key) => {
      if (busy) return;
      const now = latest();
      if (key.name === 'esc') return onLeave();
      if (key.name === 'enter' && now.focus >= fields.length) return onSubmit(now);
      const next = formKey(fields, now, key);
      if (next !== null) set(next);
    },
    (text) => {
      if (!busy) set(formPaste(fields, latest(), text));
    },
    isDialog ? 'overlay' : 'screen',
  );
  return { state, set };
}

function startOf(memory: Memory, name: string, fields: readonly FormField[]): FormState {
  const kept = memory.get(`form.${name}`) as FormState | undefined;
  const fresh = formOf(fields);
  return kept === undefined ? fresh : { focus: kept.focus, edits: { ...fresh.edits, ...kept.edits } };
}

function withoutSecrets(fields: readonly FormField[], state: FormState): FormState {
  const edits = { ...state.edits };
  for (const { name, kind } of fields) if (kind === 'secret') delete edits[name];
  return { ...state, edits };
}
