// Where to sign in and with which token. The token is shown as dots and kept nowhere but in this form.
import { useState } from 'react';
import { formText, type FormField, type FormState } from '../components/form-edit.ts';
import { focusedLines, formLines } from '../components/form-lines.ts';
import type { DialogRoom } from '../components/dialog.tsx';
import { Line } from '../components/line.tsx';
import { ScrolledLines } from '../components/scrolled-lines.tsx';
import type { FailureWords } from '../components/states.tsx';
import { useForm } from '../components/use-form.ts';
import { wrap } from '../format/width.ts';
import type { Span, Spans } from '../theme/span.ts';

export interface SignInWish {
  readonly url: string;
  readonly token: string;
  /** Name of the profile; empty: account and host. */
  readonly name: string;
}

const fields: readonly FormField[] = [
  {
    name: 'url',
    label: 'server',
    kind: 'text',
    note: 'required',
    help: 'https://…, as the control plane calls itself; plain http only on this machine',
  },
  {
    name: 'token',
    kind: 'secret',
    note: 'required',
    help: 'An operator token: emisar-cloud init prints the first, tokens mint makes more',
  },
  {
    name: 'name',
    label: 'profile',
    kind: 'text',
    note: '',
    placeholder: 'account@host',
    help: 'What this sign-in is called here',
  },
];

interface SignInFormProps {
  readonly room: DialogRoom;
  /** Signs in, stores the profile and opens it; what it throws is shown and the form stays. */
  readonly signIn: (wish: SignInWish) => Promise<void>;
  readonly onLeave: () => void;
  readonly failureOf: (error: unknown) => FailureWords;
}

export function SignInForm({ room, signIn, onLeave, failureOf }: SignInFormProps) {
  const [errors, setErrors] = useState<Readonly<Record<string, string>>>({});
  const [failure, setFailure] = useState<FailureWords | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = (state: FormState) => {
    const wish = {
      url: formText(state, 'url').trim(),
      token: formText(state, 'token').trim(),
      name: formText(state, 'name').trim(),
    };
    setFailure(null);
    const missing = (['url', 'token'] as const).filter((name) => wish[name] === '');
    setErrors(Object.fromEntries(missing.map((name) => [name, 'it is needed'])));
    const [first] = missing;
    if (first !== undefined)
      return form.set({ ...state, focus: fields.findIndex(({ name }) => name === first) });
    setBusy(true);
    signIn(wish).catch((error: unknown) => {
      setBusy(false);
      setFailure(failureOf(error));
    });
  };
  const form = useForm({ name: 'sign-in', fields, onSubmit: submit, onLeave, busy });
  const head: Spans[] = [
    { text: '   The token is checked first and then kept in a file that only you can read.', tone: 'dim' },
    ...(failure === null ? [] : failureLines(failure, room.width - 8)),
    '',
  ];
  const drawing = { fields, state: form.state, errors, busy, width: room.width };
  const [from, to] = focusedLines(drawing);
  return (
    <>
      <ScrolledLines
        lines={[...head, ...formLines({ ...drawing, button: 'Sign in' })]}
        keep={failure !== null ? [0, head.length] : [head.length + from, head.length + to]}
        width={room.width}
        height={Math.max(1, room.height - 1)}
      />
      <Line
        spans={{
          text: ' ⏎ next, and signs in on the last line · tab and ↑ ↓ move · esc leaves',
          tone: 'dim',
        }}
        width={room.width}
      />
    </>
  );
}

/** A failure above a form: what happened, what to do, the code. */
export function failureLines({ code, detail, fix }: FailureWords, width: number): Spans[] {
  return [
    '',
    ...wrap(detail, width).map((text, index): Span => ({
      text: `   ${index === 0 ? '✗' : ' '} ${text}`,
      tone: 'danger',
    })),
    ...wrap(fix, width).map((text): Span => ({ text: `     ${text}` })),
    { text: `     ${code}`, tone: 'dim' },
  ];
}
