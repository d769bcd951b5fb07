// A form that fills a screen: what it is for, the fields, what is wrong, the button. What is typed stays when the
// server refuses it.
import { useState } from 'react';
import type { FormField, FormState } from '../components/form-edit.ts';
import { focusedLines, formLines } from '../components/form-lines.ts';
import type { DialogRoom } from '../components/dialog.tsx';
import { Line } from '../components/line.tsx';
import { ScrolledLines } from '../components/scrolled-lines.tsx';
import type { FailureWords } from '../components/states.tsx';
import { useForm } from '../components/use-form.ts';
import { wrap } from '../format/width.ts';
import type { Span, Spans } from '../theme/span.ts';

/** By field name. */
export type FormErrors = Readonly<Record<string, string>>;

interface FormPageProps {
  /** Names the form within its place. */
  readonly name: string;
  readonly fields: readonly FormField[];
  readonly head: string;
  readonly button: string;
  /** What the button does, for the line below: `signs in`. */
  readonly verb: string;
  readonly room: DialogRoom;
  /** What is wrong with what is typed, or the way to the server; what that throws is shown. */
  readonly send: (state: FormState) => FormErrors | (() => Promise<void>);
  readonly onLeave: () => void;
  readonly failureOf: (error: unknown) => FailureWords;
}

export function FormPage(props: FormPageProps) {
  const { name, fields, room, send, onLeave, failureOf } = props;
  const [errors, setErrors] = useState<FormErrors>({});
  const [failure, setFailure] = useState<FailureWords | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = (state: FormState) => {
    const wish = send(state);
    setFailure(null);
    if (typeof wish !== 'function') {
      setErrors(wish);
      return form.set({ ...state, focus: fields.findIndex((field) => Object.hasOwn(wish, field.name)) });
    }
    setErrors({});
    setBusy(true);
    wish()
      .catch((error: unknown) => setFailure(failureOf(error)))
      .finally(() => setBusy(false));
  };
  const form = useForm({ name, fields, onSubmit: submit, onLeave, busy });
  const head: Spans[] = [
    { text: `   ${props.head}`, tone: 'dim' },
    ...(failure === null ? [] : failureLines(failure, room.width - 8)),
    '',
  ];
  const drawing = { fields, state: form.state, errors, busy, width: room.width };
  const [from, to] = focusedLines(drawing);
  return (
    <>
      <ScrolledLines
        lines={[...head, ...formLines({ ...drawing, button: props.button })]}
        keep={failure !== null ? [0, head.length] : [head.length + from, head.length + to]}
        width={room.width}
        height={Math.max(1, room.height - 1)}
      />
      <Line
        spans={{
          text: ` ⏎ next, and ${props.verb} on the last line · tab and ↑ ↓ move · esc leaves`,
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
