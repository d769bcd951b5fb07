// Asks for one line before something is done: mostly why, else what only the operator knows. Nothing is sent
// without it.
import { useState } from 'react';
import { Dialog, innerWidthIn, type DialogRoom } from '../components/dialog.tsx';
import { failureSpans, type FailureWords } from '../components/states.tsx';
import { editKey, editOf, insertText, textOf } from '../components/text-edit.ts';
import { editSpans } from '../components/text-line.tsx';
import { wrap } from '../format/width.ts';
import { useCapture } from '../keymap/use-keys.ts';
import type { Spans } from '../theme/span.ts';

interface ReasonProps {
  readonly title: string;
  /** What follows from it. */
  readonly consequence: string;
  /** What is asked for. */
  readonly label?: string;
  readonly room: DialogRoom;
  readonly onClose: () => void;
  /** Does it. What it throws is shown here, and what was typed stays. */
  readonly onReason: (reason: string) => Promise<void>;
  readonly failureOf: (error: unknown) => FailureWords;
}

export function ReasonDialog(props: ReasonProps) {
  const { title, consequence, label = 'why', room, onClose, onReason, failureOf } = props;
  const [edit, setEdit] = useState(() => editOf(''));
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<FailureWords | null>(null);
  const reason = textOf(edit).trim();
  const send = () => {
    if (reason === '') return;
    setBusy(true);
    onReason(reason).then(onClose, (error: unknown) => {
      setFailure(failureOf(error));
      setBusy(false);
    });
  };
  useCapture(
    (key) => {
      if (busy) return;
      if (key.name === 'esc') return onClose();
      if (key.name === 'enter') return send();
      const next = editKey(edit, key);
      if (next !== null) setEdit(next);
    },
    (text) => {
      if (!busy) setEdit(insertText(edit, text));
    },
  );
  const innerWidth = innerWidthIn(room, 76);
  const foot = busy
    ? '◌ asking the server…'
    : `⏎ once ${label === 'why' ? 'there is a reason' : `the ${label} is complete`} · esc leaves everything as it is`;
  const lines: Spans[] = [
    ...wrap(consequence, innerWidth),
    '',
    [{ text: `${label}  `, tone: 'focus' }, ...editSpans(edit, innerWidth - label.length - 3)],
    '',
    ...(failure === null ? [] : [...failureSpans(failure, innerWidth), '']),
    { text: foot, tone: 'dim' },
  ];
  return <Dialog title={title} tone="caution" lines={lines} room={room} innerWidth={innerWidth} />;
}
