// Text over a screen, read-only: scrolled by its own keys, left by any other.
import { useState } from 'react';
import { useCapture } from '../keymap/use-keys.ts';
import type { Spans } from '../theme/span.ts';
import { Dialog, innerWidthIn, type DialogRoom } from './dialog.tsx';

interface ScrolledDialogProps {
  readonly title: string;
  readonly lines: readonly Spans[];
  readonly room: DialogRoom;
  readonly width?: number;
  readonly onClose: () => void;
}

export function ScrolledDialog({ title, lines, room, width = 84, onClose }: ScrolledDialogProps) {
  const [wanted, setFrom] = useState(0);
  const shown = Math.max(1, room.height - 4);
  const last = Math.max(0, lines.length - shown);
  const from = Math.min(wanted, last);
  useCapture((key) => {
    const step = { down: 1, j: 1, pgdn: shown, space: shown, up: -1, k: -1, pgup: -shown }[key.name];
    if (step === undefined) return onClose();
    setFrom(Math.max(0, Math.min(from + step, last)));
  });
  const foot: Spans = {
    text: last > 0 ? 'j k pgdn pgup scroll · any other key leaves' : 'any key leaves',
    tone: 'dim',
  };
  return (
    <Dialog
      title={title}
      tone="focus"
      lines={[...lines.slice(from, from + shown), foot]}
      room={room}
      innerWidth={innerWidthIn(room, width)}
    />
  );
}
