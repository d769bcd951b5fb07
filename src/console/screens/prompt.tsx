// The line in which a filter or a command is typed, in place of the key line. Up and down bring back what
// was typed before; tab completes, and shows what else would fit.
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
  /** Whole lines that begin with the text, best first. */
  readonly completions?: (text: string) => readonly string[];
  /** What was accepted before, newest first. */
  readonly history?: readonly string[];
}

/** So many completions are shown behind the line. */
const SHOWN = 8;

export function Prompt({ wish, width, onClose }: { wish: PromptWish; width: number; onClose: () => void }) {
  const [edit, setEdit] = useState(() => editOf(wish.text));
  // 0 is what is being typed; what history shows does not replace it.
  const [past, setPast] = useState({ at: 0, typed: wish.text });
  const history = wish.history ?? [];
  const text = textOf(edit);
  const fitting = wish.completions?.(text).filter((line) => line !== text) ?? [];
  const take = (next: TextEdit) => {
    setEdit(next);
    wish.change(textOf(next));
  };
  const recall = (step: 1 | -1) => {
    const at = Math.max(0, Math.min(past.at + step, history.length));
    if (at === past.at) return;
    const typed = past.at === 0 ? text : past.typed;
    setPast({ at, typed });
    take(editOf(at === 0 ? typed : (history[at - 1] ?? '')));
  };
  useCapture(
    (key) => {
      if (key.name === 'enter') {
        onClose();
        return wish.accept(text);
      }
      if (key.name === 'esc' || (key.name === 'backspace' && text === '')) {
        onClose();
        return wish.cancel();
      }
      if (key.name === 'up') return recall(1);
      if (key.name === 'down') return recall(-1);
      if (key.name === 'tab') return fitting.length === 0 ? undefined : take(editOf(commonStart(fitting)));
      const next = editKey(edit, key);
      if (next !== null) take(next);
    },
    (pasted) => take(insertText(edit, pasted)),
    'prompt',
  );
  const typedWidth = fitting.length === 0 ? width - 3 : Math.min(width - 3, Math.max(24, text.length + 2));
  return (
    <Line
      spans={[
        { text: ` ${wish.sign}`, tone: 'focus' },
        ...editSpans(edit, typedWidth),
        { text: fitting.length === 0 ? '' : `   ${shownWords(fitting, text)}`, tone: 'dim' },
      ]}
      width={width}
    />
  );
}

/** The longest beginning that all lines share; one line has a space to go on after it. */
function commonStart(lines: readonly string[]): string {
  const [first = '', ...rest] = lines;
  if (rest.length === 0) return `${first} `;
  let length = first.length;
  for (const line of rest) {
    while (!line.startsWith(first.slice(0, length))) length -= 1;
  }
  return first.slice(0, length);
}

/** Only the word that would come, not what stands there already. */
function shownWords(lines: readonly string[], text: string): string {
  const from = text.lastIndexOf(' ') + 1;
  const words = lines.slice(0, SHOWN).map((line) => line.slice(from));
  return `${words.join('  ')}${lines.length > SHOWN ? `  … ${lines.length} in all` : ''}`;
}
