// What a code means and what to do about it, with the commands to copy.
import { useState } from 'react';
import { Dialog, innerWidthIn, type DialogRoom } from '../components/dialog.tsx';
import { wrap } from '../format/width.ts';
import { useCapture } from '../keymap/use-keys.ts';
import type { Explanation } from '../store/explanations.ts';
import type { Span, Spans } from '../theme/span.ts';
import { useConsole } from './console-context.ts';

interface ExplainProps {
  readonly explanation: Explanation;
  readonly room: DialogRoom;
  readonly onClose: () => void;
}

export function ExplainDialog({ explanation, room, onClose }: ExplainProps) {
  const { copy } = useConsole();
  const { id, seen, means, fix, commands } = explanation;
  const [at, setAt] = useState(0);
  useCapture((key) => {
    if (['esc', 'q', 'enter', 'x'].includes(key.name)) return onClose();
    if (['down', 'j', 'tab'].includes(key.name)) setAt((now) => Math.min(now + 1, commands.length - 1));
    if (['up', 'k', 'shift-tab'].includes(key.name)) setAt((now) => Math.max(now - 1, 0));
    const command = commands[at];
    if (key.name === 'y' && command !== undefined) copy(command, 'the command');
  });
  const innerWidth = innerWidthIn(room, 84);
  const part = (name: string, text: string): Spans[] =>
    wrap(text, innerWidth - 9).map((line, index): Span[] => [
      { text: index === 0 ? name.padEnd(9) : ' '.repeat(9), tone: 'dim' },
      { text: line },
    ]);
  const lines: Spans[] = [
    ...part('seen', seen),
    ...part('means', means),
    ...part('do', fix),
    ...(commands.length === 0 ? [] : ['']),
    ...commands.map((text, index): Span[] => [
      { text: index === at ? '▌ ' : '  ', tone: 'focus' },
      { text, bold: index === at },
    ]),
    '',
    {
      text: commands.length === 0 ? 'esc leaves' : '↑ ↓ choose · y copies the command · esc leaves',
      tone: 'dim',
    },
  ];
  return <Dialog title={id} tone="focus" lines={lines} room={room} innerWidth={innerWidth} />;
}
