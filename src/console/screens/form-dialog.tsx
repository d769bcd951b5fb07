// A short form over a screen. What it is for stands above, what is wrong below; Escape leaves all as it was.
import { useState } from 'react';
import { Dialog, innerWidthIn } from '../components/dialog.tsx';
import type { FormField, FormState } from '../components/form-edit.ts';
import { formLines } from '../components/form-lines.ts';
import { failureSpans, type FailureWords } from '../components/states.tsx';
import { useForm } from '../components/use-form.ts';
import { wrap } from '../format/width.ts';
import type { Spans } from '../theme/span.ts';
import { useConsole } from './console-context.ts';
import type { FormErrors } from './form-page.tsx';

interface FormDialogProps {
  readonly title: string;
  readonly head: string;
  readonly fields: readonly FormField[];
  readonly button: string;
  /** What is wrong, or what is done; it may answer lines that are shown below, else the dialog closes. */
  readonly send: (state: FormState) => FormErrors | (() => Promise<readonly Spans[] | undefined>);
  readonly onClose: () => void;
}

export function FormDialog({ title, head, fields, button, send, onClose }: FormDialogProps) {
  const { room, failureOf } = useConsole();
  const [errors, setErrors] = useState<FormErrors>({});
  const [failure, setFailure] = useState<FailureWords | null>(null);
  const [answer, setAnswer] = useState<readonly Spans[]>([]);
  const [busy, setBusy] = useState(false);
  const submit = (state: FormState) => {
    const wish = send(state);
    setFailure(null);
    setAnswer([]);
    setErrors(typeof wish === 'function' ? {} : wish);
    if (typeof wish !== 'function') {
      return form.set({ ...state, focus: fields.findIndex((field) => Object.hasOwn(wish, field.name)) });
    }
    setBusy(true);
    wish()
      .then((lines) => (lines === undefined ? onClose() : setAnswer(lines)))
      .catch((error: unknown) => setFailure(failureOf(error)))
      .finally(() => setBusy(false));
  };
  const form = useForm({ name: title, fields, onSubmit: submit, onLeave: onClose, busy, isDialog: true });
  const innerWidth = innerWidthIn(room, 84);
  const lines: Spans[] = [
    ...wrap(head, innerWidth).map((text) => ({ text, tone: 'dim' }) as const),
    '',
    ...formLines({ fields, state: form.state, errors, button, busy, width: innerWidth }),
    ...(failure === null ? [] : ['', ...failureSpans(failure, innerWidth)]),
    ...(answer.length === 0 ? [] : ['', ...answer]),
  ];
  return <Dialog title={title} tone="focus" lines={lines} room={room} innerWidth={innerWidth} />;
}
