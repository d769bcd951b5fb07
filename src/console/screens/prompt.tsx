// The line in which a filter or a command is typed, in place of the key line.
import { useState } from 'react';
import { Line } from '../components/line.tsx';
import { editKey, editOf, insertText, textOf, type TextEdit } from '../components/text-edit.ts';
import { editSpans } from '../components/text-line.tsx';
import { useCapture } from '../keymap/use-keys.ts';

export interface PromptWish {
  readonly sign: '/' | ':';
  readonly text: string;
  /** Told with every key. */
  readonly change: (text: string) => void;
  readonly accept: (text: string) => void;
  readonly cancel: () => void;
}

export function Prompt({ wish, width, onClose }: { wish: PromptWish; width: number; onClose: () => void }) {
  const [edit, setEdit] = useState(() => editOf(wish.text));
  const take = (next: TextEdit) => {
    setEdit(next);
    wish.change(textOf(next));
  };
  useCapture(
    (key) => {
      if (key.name === 'enter') {
        onClose();
        return wish.accept(textOf(edit));
      }
      if (key.name === 'esc' || (key.name === 'backspace' && textOf(edit) === '')) {
        onClose();
        return wish.cancel();
      }
      const next = editKey(edit, key);
      if (next !== null) take(next);
    },
    (text) => take(insertText(edit, text)),
    'prompt',
  );
  return (
    <Line spans={[{ text: ` ${wish.sign}`, tone: 'focus' }, ...editSpans(edit, width - 3)]} width={width} />
  );
}
