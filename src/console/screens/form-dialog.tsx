// A short form over a screen. What it is for stands above, what is wrong below; Escape leaves all as it was.
import { useState } from 'react';
import { Dialog, innerWidthIn } from '../components/dialog.tsx';
import type { FormField, FormState } from '../components/form-edit.ts';
import { focusedLines, formLines } from '../components/form-lines.ts';
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
  const drawing = { fields, state: form.state, errors, button, busy, width: innerWidth };
  const above: Spans[] = [...wrap(head, innerWidth).map((text): Spans => ({ text, tone: 'dim' })), ''];
  const said: Spans[] = failure === null ? [...answer] : failureSpans(failure, innerWidth);
  const body = [...formLines(drawing), ...(said.length === 0 ? [] : ['', ...said])];
  // What has the focus stays in sight, and what the server said when it has.
  const height = Math.max(3, room.height - 2 - above.length);
  const last = said.length > 0 ? body.length - 1 : focusedLines(drawing)[1];
  const from = Math.max(0, Math.min(last + 2, body.length) - height);
  return (
    <Dialog
      title={title}
      tone="focus"
      lines={[...above, ...body.slice(from, from + height)]}
      room={room}
      innerWidth={innerWidth}
    />
  );
}
