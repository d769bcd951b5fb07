// The keys and the memory of a form that fills a screen. What was typed stays with the place, except secrets.
import { useContext, useRef, useState } from 'react';
import { useCapture } from '../keymap/use-keys.ts';
import { formKey, formOf, formPaste, type FormField, type FormState } from './form-edit.ts';
import { MemoryContext } from './remembered.ts';

interface FormSettings {
  /** Names the form within its place. */
  readonly name: string;
  readonly fields: readonly FormField[];
  readonly onSubmit: (state: FormState) => void;
  readonly onLeave: () => void;
  readonly busy: boolean;
}

export interface FormModel {
  readonly state: FormState;
  readonly set: (next: FormState) => void;
}

export function useForm(settings: FormSettings): FormModel {
  const { name, fields, onSubmit, onLeave, busy } = settings;
  const memory = useContext(MemoryContext);
  const [, redraw] = useState(0);
  // Keys that arrive in one event are all applied before the next render, so the newest state is held here.
  const live = useRef<{ name: string; state: FormState } | null>(null);
  if (live.current === null || live.current.name !== name) {
    const kept = memory.get(`form.${name}`) as FormState | undefined;
    const fresh = formOf(fields);
    const state =
      kept === undefined ? fresh : { focus: kept.focus, edits: { ...fresh.edits, ...kept.edits } };
    live.current = { name, state };
  }
  const set = (state: FormState) => {
    live.current = { name, state };
    memory.set(`form.${name}`, withoutSecrets(fields, state));
    redraw((count) => count + 1);
  };
  useCapture(
    (key) => {
      const state = live.current?.state;
      if (state === undefined || busy) return;
      if (key.name === 'esc') return onLeave();
      if (key.name === 'enter' && state.focus >= fields.length) return onSubmit(state);
      const next = formKey(fields, state, key);
      if (next !== null) set(next);
    },
    (text) => {
      if (live.current !== null && !busy) set(formPaste(fields, live.current.state, text));
    },
    'screen',
  );
  return { state: live.current.state, set };
}

function withoutSecrets(fields: readonly FormField[], state: FormState): FormState {
  const edits = { ...state.edits };
  for (const { name, kind } of fields) if (kind === 'secret') delete edits[name];
  return { ...state, edits };
}
