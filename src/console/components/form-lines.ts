// A form as lines: two for each field (what is typed; what it is for, or what is wrong with it), then the
// button. The lines of the field that has the focus stay in sight.
import { cut, widthOf } from '../format/width.ts';
import type { Span, Spans } from '../theme/span.ts';
import { formText, type FormField, type FormState } from './form-edit.ts';
import { editOf } from './text-edit.ts';
import { editSpans } from './text-line.tsx';

export interface FormDrawing {
  readonly fields: readonly FormField[];
  readonly state: FormState;
  /** What is wrong, by field name. */
  readonly errors: Readonly<Record<string, string>>;
  readonly button: string;
  readonly busy: boolean;
  readonly width: number;
}

const NAME_MAX = 22;

function labelOf({ label, name }: FormField): string {
  return label ?? name;
}

export function formLines(drawing: FormDrawing): Spans[] {
  const { fields, state, button, busy } = drawing;
  const nameWidth = Math.min(NAME_MAX, Math.max(6, ...fields.map((field) => widthOf(labelOf(field)))));
  const lines: Spans[] = fields.flatMap((field, index) =>
    fieldLines(drawing, field, index === state.focus, nameWidth),
  );
  const isFocused = state.focus >= fields.length;
  lines.push('', [
    { text: isFocused ? ' ▌ ' : '   ', tone: 'focus' },
    { text: ` ${button} `, inverse: isFocused, bold: isFocused, tone: isFocused ? 'plain' : 'focus' },
    { text: busy ? '  ◌ asking the server…' : '', tone: 'dim' },
  ]);
  return lines;
}

/** First and last line of what has the focus. */
export function focusedLines({ fields, state }: Pick<FormDrawing, 'fields' | 'state'>): [number, number] {
  const from = Math.min(state.focus, fields.length) * 2;
  return [from, from + 1];
}

function fieldLines(drawing: FormDrawing, field: FormField, isFocused: boolean, nameWidth: number): Spans[] {
  const error = Object.hasOwn(drawing.errors, field.name) ? drawing.errors[field.name] : undefined;
  const indent = nameWidth + 5;
  const noteWidth = Math.min(widthOf(field.note), Math.max(0, drawing.width - indent - 24));
  const name = cut(labelOf(field), nameWidth);
  const value: Span[] = [
    { text: isFocused ? ' ▌ ' : '   ', tone: 'focus' },
    {
      text: name + ' '.repeat(nameWidth - widthOf(name) + 2),
      tone: isFocused ? 'focus' : 'plain',
      bold: isFocused,
    },
    ...valueSpans(drawing.state, field, isFocused, Math.max(8, drawing.width - indent - noteWidth - 3)),
    { text: `  ${cut(field.note, noteWidth)}`, tone: 'dim' },
  ];
  const below: Span =
    error === undefined ? { text: field.help, tone: 'dim' } : { text: `✗ ${error}`, tone: 'danger' };
  return [value, [{ text: ' '.repeat(indent) }, below]];
}

function valueSpans(state: FormState, field: FormField, isFocused: boolean, width: number): Span[] {
  const text = formText(state, field.name);
  if (field.kind === 'choice') {
    const shown: Span = text === '' ? { text: field.placeholder ?? 'not set', tone: 'dim' } : { text };
    if (!isFocused) return [shown];
    return [
      { text: '‹ ', tone: 'focus' },
      { ...shown, bold: true },
      { text: ' ›', tone: 'focus' },
    ];
  }
  if (isFocused) {
    const edit = Object.hasOwn(state.edits, field.name) ? state.edits[field.name] : undefined;
    const typed = editSpans(edit ?? editOf(''), width, field.kind === 'secret');
    return text === '' ? [...typed, { text: ` ${field.placeholder ?? ''}`, tone: 'dim' }] : typed;
  }
  if (text === '') return [{ text: field.placeholder ?? '–', tone: 'dim' }];
  return [{ text: cut(field.kind === 'secret' ? '•'.repeat(Math.min(12, text.length)) : text, width) }];
}
