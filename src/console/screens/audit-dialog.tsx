// One event of the audit trail in full, read-only.
import type { AuditEvent } from '../../protocol/api/audit.ts';
import { Dialog, innerWidthIn, type DialogRoom } from '../components/dialog.tsx';
import { fit, wrap } from '../format/width.ts';
import { useCapture } from '../keymap/use-keys.ts';
import { outcomeTokens } from '../theme/tokens.ts';
import type { Span, Spans } from '../theme/span.ts';
import { argumentText } from './run-facts.ts';

const LABEL = 10;

interface AuditDialogProps {
  readonly event: AuditEvent;
  readonly room: DialogRoom;
  readonly onClose: () => void;
}

export function AuditDialog({ event, room, onClose }: AuditDialogProps) {
  useCapture((key) => {
    if (['esc', 'q', 'enter'].includes(key.name)) onClose();
  });
  const innerWidth = innerWidthIn(room, 96);
  const lines = eventLines(event, innerWidth).slice(0, Math.max(3, room.height - 5));
  const foot: Spans = { text: 'esc leaves', tone: 'dim' };
  return (
    <Dialog
      title={event.event_type}
      tone="focus"
      lines={[...lines, '', foot]}
      room={room}
      innerWidth={innerWidth}
    />
  );
}

function eventLines(event: AuditEvent, width: number): Spans[] {
  const { glyph, tone, word } = outcomeTokens[event.outcome];
  const { target, actor } = event;
  const facts: [string, string, Span['tone']?][] = [
    ['when', `${event.occurred_at}   number ${event.seq}`],
    ['outcome', `${glyph} ${word}`, tone],
    ['by', `${actor.label} (${actor.kind}${actor.id === null ? '' : ` ${actor.id}`})`],
    ['from', [event.ip_address, event.token_id].filter((text) => text !== null).join('  ') || '–'],
    ['target', target === null ? '–' : `${target.label} (${target.kind} ${target.id ?? ''})`],
    ...(event.request_id === null ? [] : [['run', event.request_id] as [string, string]]),
    ...Object.entries(event.payload).map(([name, value]): [string, string] => [name, argumentText(value)]),
    ['id', event.id],
    ['hash', event.hash, 'dim'],
  ];
  return facts.flatMap(([name, text, textTone]) =>
    wrap(text, width - LABEL - 1).map((part, at): Spans => [
      { text: fit(at === 0 ? name : '', LABEL), tone: 'dim' },
      { text: ` ${part}`, tone: textTone ?? 'plain' },
    ]),
  );
}
