// What an action is, read-only: for whoever decides on a pack or is about to run something.
import type { ActionDescriptor, ArgumentDescriptor } from '../../protocol/descriptor.ts';
import { Dialog, innerWidthIn, type DialogRoom } from '../components/dialog.tsx';
import { wrap } from '../format/width.ts';
import { useCapture } from '../keymap/use-keys.ts';
import { badge, riskTokens } from '../theme/tokens.ts';
import type { Span, Spans } from '../theme/span.ts';
import { argumentNote } from './new-run-argument.ts';

interface ActionDialogProps {
  readonly action: ActionDescriptor;
  readonly room: DialogRoom;
  readonly onClose: () => void;
}

export function ActionDialog({ action, room, onClose }: ActionDialogProps) {
  useCapture((key) => {
    if (['esc', 'q', 'enter'].includes(key.name)) onClose();
  });
  const innerWidth = innerWidthIn(room, 84);
  const most = Math.max(4, room.height - 4);
  const lines = actionLines(action, innerWidth);
  const shown =
    lines.length > most ? [...lines.slice(0, most - 1), { text: '…', tone: 'dim' } as const] : lines;
  const foot: Spans = { text: 'esc leaves', tone: 'dim' };
  return (
    <Dialog title={action.id} tone="focus" lines={[...shown, '', foot]} room={room} innerWidth={innerWidth} />
  );
}

export function actionLines(action: ActionDescriptor, width: number): Spans[] {
  const kind: Span = { text: `  ${action.kind} · ${action.pack_id}`, tone: 'dim' };
  const lines: Spans[] = [[{ text: `${action.title}  `, bold: true }, badge(riskTokens[action.risk]), kind]];
  for (const text of wrap(action.description, width)) if (text !== '') lines.push({ text });
  lines.push(...sideEffectLines(action, width));
  if (action.args.length > 0) lines.push('', { text: 'arguments', tone: 'dim' });
  for (const argument of action.args) lines.push(argumentSpans(argument));
  return lines;
}

/** Amber unless the risk is low; a plain word when there are none. */
export function sideEffectLines(action: ActionDescriptor, width: number): Spans[] {
  if (action.side_effects.length === 0) return [{ text: 'changes nothing, by its own account', tone: 'dim' }];
  const tone = action.risk === 'low' ? 'plain' : 'caution';
  return action.side_effects.flatMap((effect) =>
    wrap(effect, width - 2).map((text, index): Span => ({
      text: `${index === 0 ? '▲ ' : '  '}${text}`,
      tone,
    })),
  );
}

function argumentSpans(argument: ArgumentDescriptor): Span[] {
  return [
    { text: `  ${argument.name}  ` },
    { text: argumentNote(argument), tone: 'dim' },
    { text: argument.description === undefined ? '' : `  ${argument.description}`, tone: 'dim' },
  ];
}
