// The form of one action on one runner: what it does, what it needs, why it is run.
import { useMemo, useState } from 'react';
import type { Runner, RunnerAction } from '../../protocol/api/runners.ts';
import type { RunDetail } from '../../protocol/api/runs.ts';
import type { FormField, FormState } from '../components/form-edit.ts';
import { focusedLines, formLines } from '../components/form-lines.ts';
import { Line } from '../components/line.tsx';
import { ScrolledLines } from '../components/scrolled-lines.tsx';
import type { FailureWords } from '../components/states.tsx';
import { useForm } from '../components/use-form.ts';
import { wrap } from '../format/width.ts';
import { badge, riskTokens, runnerBadge } from '../theme/tokens.ts';
import type { Span, Spans } from '../theme/span.ts';
import { useConsole } from './console-context.ts';
import { argumentField, typedAgain } from './new-run-argument.ts';
import { paceFields, type ManyRunners } from './new-run-many.ts';
import { blockOf, dangerWish, REASON, send, wishOf } from './new-run-dispatch.ts';
import { sideEffectLines } from './run-action-dialog.tsx';
import { ScreenFrame } from './screen-frame.tsx';

interface FormProps {
  readonly runner: Runner;
  readonly entry: RunnerAction;
  readonly earlier: RunDetail | null;
  /** The runner stands for these. */
  readonly many?: ManyRunners | undefined;
}

export function NewRunForm({ runner, entry, earlier, many }: FormProps) {
  const screen = useConsole();
  const { room, may, confirm, replace, back } = screen;
  const { action } = entry;
  const isMany = many !== undefined;
  const fields = useMemo(() => fieldsOf(entry, earlier, isMany), [entry, earlier, isMany]);
  const [errors, setErrors] = useState<Readonly<Record<string, string>>>({});
  const [failure, setFailure] = useState<FailureWords | null>(null);
  const [busy, setBusy] = useState(false);
  const target = { runnerId: runner.id, runnerName: runner.name, entry, many };
  const block = may('runs.dispatch') ? blockOf(target) : notAllowed;

  const dispatch = async (state: FormState) => {
    const wish = wishOf(target, state);
    if (!('body' in wish)) return;
    setBusy(true);
    const answer = await send(screen, target, wish.body);
    setBusy(false);
    if ('screen' in answer) replace(answer);
    else setFailure(answer);
  };
  const submit = (state: FormState) => {
    setFailure(null);
    if (block !== null) return setFailure(block);
    const wish = wishOf(target, state);
    setErrors('errors' in wish ? wish.errors : {});
    if ('errors' in wish)
      return form.set({ ...state, focus: fields.findIndex(({ name }) => Object.hasOwn(wish.errors, name)) });
    if (action.risk === 'low' || action.risk === 'medium') return void dispatch(state);
    confirm(dangerWish(target, state, () => dispatch(state)));
  };
  const form = useForm({ name: action.id, fields, onSubmit: submit, onLeave: back, busy });

  const head = headLines(isMany ? null : runner, entry, room.width);
  const notice = failure ?? block;
  const alarm = notice === null ? [] : failureLines(notice, room.width);
  const where = many?.name ?? runner.name;
  const button = `Run ${action.id} on ${where}`;
  const drawn = formLines({ fields, state: form.state, errors, button, busy, width: room.width });
  const [from, to] = focusedLines({ fields, state: form.state });
  const before = head.length + alarm.length + 1;
  const keep = [
    failure !== null ? head.length : form.state.focus === 0 ? 0 : before + from,
    before + to,
  ] as const;
  return (
    <ScreenFrame
      crumbs={['Runs', 'new run', action.id]}
      right={[{ text: `on ${where}  ` }, ...(isMany ? [] : runnerBadge(runner))]}
    >
      <ScrolledLines
        lines={[...head, ...alarm, '', ...drawn]}
        keep={keep}
        width={room.width}
        height={Math.max(1, room.height - 1)}
      />
      <Line spans={hint(fields, form.state)} width={room.width} />
    </ScreenFrame>
  );
}

const notAllowed: FailureWords = {
  code: 'insufficient_privileges',
  detail: 'You may look, not run: your role or read-only mode does not allow it',
  fix: 'Ask an operator to run it',
};

function fieldsOf({ action }: RunnerAction, earlier: RunDetail | null, isMany: boolean): FormField[] {
  const asked = action.args.map((argument) =>
    argumentField(argument, typedAgain(argument, earlier?.args[argument.name])),
  );
  const reason: FormField = {
    name: REASON,
    label: 'reason',
    note: 'required',
    help: 'Why you run it; it is kept with the run',
    kind: 'text',
    initial: earlier?.reason ?? '',
  };
  return [...asked, reason, ...(isMany ? paceFields : [])];
}

function headLines(
  runner: Runner | null,
  { action, pack_version: version }: RunnerAction,
  width: number,
): Spans[] {
  const room = width - 6;
  const risk = badge(riskTokens[action.risk]);
  const lines: Spans[] = [
    [
      { text: `   ${action.title}  `, bold: true },
      risk,
      { text: `  ${action.kind} · ${action.pack_id} ${version}`, tone: 'dim' },
    ],
  ];
  const text = action.description === '' ? action.summary : action.description;
  if (text !== '')
    for (const line of wrap(text, room).slice(0, 4)) lines.push({ text: `   ${line}`, tone: 'dim' });
  for (const line of sideEffectLines(action, room))
    lines.push([{ text: '   ' }, ...(Array.isArray(line) ? (line as Span[]) : [line as Span])]);
  if (runner?.state === 'offline' || runner?.state === 'pending') {
    lines.push({
      text: '   ! The runner is away: the run waits for it, and ends after two minutes',
      tone: 'caution',
    });
  }
  return lines;
}

function failureLines({ code, detail, fix }: FailureWords, width: number): Spans[] {
  const room = width - 8;
  return [
    '',
    ...wrap(detail, room).map((text, index): Span => ({
      text: `   ${index === 0 ? '✗' : ' '} ${text}`,
      tone: 'danger',
    })),
    ...wrap(fix, room).map((text): Span => ({ text: `     ${text}` })),
    { text: `     ${code}`, tone: 'dim' },
  ];
}

function hint(fields: readonly FormField[], state: FormState): Span[] {
  const field = fields[state.focus];
  const here = field === undefined ? '⏎ runs it' : field.kind === 'choice' ? '← → choose' : '⏎ next';
  return [{ text: ` ${here} · tab and ↑ ↓ move · esc leaves`, tone: 'dim' }];
}
