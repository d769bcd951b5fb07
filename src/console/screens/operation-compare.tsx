// Two answers of one dispatch side by side, as a difference: what only one of them printed.
import { diffArrays } from 'diff';
import { useState } from 'react';
import type { DispatchResult } from '../../protocol/api/runs.ts';
import { Dialog, innerWidthIn } from '../components/dialog.tsx';
import { useFetched } from '../components/use-fetched.ts';
import { cut } from '../format/width.ts';
import { useCapture } from '../keymap/use-keys.ts';
import { neutralise } from '../../protocol/neutralise.ts';
import type { Session } from '../store/session.ts';
import type { Span, Spans } from '../theme/span.ts';
import { useConsole } from './console-context.ts';

/** More lines than this of either are not compared: a difference that long is no longer read. */
const MOST_LINES = 5000;
/** Equal lines around a difference that are shown with it. */
const AROUND = 2;

interface CompareProps {
  readonly left: DispatchResult;
  readonly right: DispatchResult;
  readonly onClose: () => void;
}

export function CompareDialog({ left, right, onClose }: CompareProps) {
  const { room, session, failureOf } = useConsole();
  const [top, setTop] = useState(0);
  const fetched = useFetched(`${left.run?.id} ${right.run?.id}`, '', async () => {
    const [a, b] = await Promise.all([linesOf(session, left), linesOf(session, right)]);
    return differenceLines(a, b);
  });
  const innerWidth = innerWidthIn(room, 110);
  const height = Math.max(3, room.height - 7);
  const lines = fetched.value ?? [];
  useCapture((key) => {
    const end = Math.max(0, lines.length - height);
    if (['esc', 'q', 'enter', '='].includes(key.name)) return onClose();
    if (['down', 'j'].includes(key.name)) return setTop((at) => Math.min(at + 1, end));
    if (['up', 'k'].includes(key.name)) return setTop((at) => Math.max(at - 1, 0));
    if (key.name === 'pgdn' || key.name === 'space') return setTop((at) => Math.min(at + height, end));
    if (key.name === 'pgup') return setTop((at) => Math.max(at - height, 0));
  });
  const body: Spans[] =
    fetched.phase === 'error'
      ? [{ text: `✗ ${failureOf(fetched.error).detail}`, tone: 'danger' }]
      : fetched.value === null
        ? [{ text: '◌ Reading both…', tone: 'dim' }]
        : lines.slice(top, top + height).map((span): Span => ({ ...span, text: cut(span.text, innerWidth) }));
  const names: Span[] = [
    { text: `- ${left.runner_name}`, tone: 'danger' },
    { text: '   ' },
    { text: `+ ${right.runner_name}`, tone: 'good' },
  ];
  const foot: Span = { text: '↑ ↓ scroll · esc leaves', tone: 'dim' };
  return (
    <Dialog
      title="Compare"
      tone="focus"
      lines={[names, '', ...body, '', foot]}
      room={room}
      innerWidth={innerWidth}
    />
  );
}

async function linesOf(session: Pick<Session, 'exactOutput'>, { run }: DispatchResult): Promise<string[]> {
  if (run === null) return [];
  let text = '';
  let lines = 0;
  for await (const { chunk } of session.exactOutput(run.id)) {
    text += chunk;
    lines += chunk.split('\n').length - 1;
    if (lines > MOST_LINES) break;
  }
  // Lines that differ in what cannot be seen alone still differ, visibly.
  return text.replace(/\n$/, '').split('\n').slice(0, MOST_LINES).map(neutralise);
}

/** Removed and added lines, with a few equal ones around; a line says how many equal ones lie between. */
export function differenceLines(left: readonly string[], right: readonly string[]): Span[] {
  const parts = diffArrays([...left], [...right]);
  if (parts.every((part) => !part.added && !part.removed))
    return [{ text: 'Both printed the same', bold: true }];
  return parts.flatMap((part, at): Span[] => {
    if (part.removed) return part.value.map((text): Span => ({ text: `- ${text}`, tone: 'danger' }));
    if (part.added) return part.value.map((text): Span => ({ text: `+ ${text}`, tone: 'good' }));
    return equalLines(part.value, { isFirst: at === 0, isLast: at === parts.length - 1 });
  });
}

function equalLines(
  lines: readonly string[],
  { isFirst, isLast }: { isFirst: boolean; isLast: boolean },
): Span[] {
  const before = isFirst ? 0 : AROUND;
  const after = isLast ? 0 : AROUND;
  const span = (text: string): Span => ({ text: `  ${text}`, tone: 'dim' });
  if (lines.length <= before + after + 1) return lines.map(span);
  const hidden = lines.length - before - after;
  return [
    ...lines.slice(0, before).map(span),
    { text: `⋯ ${hidden} equal lines`, tone: 'dim' },
    ...(after === 0 ? [] : lines.slice(-after).map(span)),
  ];
}
