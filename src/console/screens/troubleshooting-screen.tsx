// The guide to faults: every code, what it means, what to do; Enter shows the commands to copy.
import { useMemo } from 'react';
import type { Column } from '../components/table-layout.ts';
import { explanations, explanationsOf, type Explanation } from '../store/explanations.ts';
import { parseFilter, type FilterFields } from '../store/filter.ts';
import type { ListView } from '../store/list-selector.ts';
import { absentTopic } from '../store/state.ts';
import { useConsole, type Console } from './console-context.ts';
import { ExplainDialog } from './explain-dialog.tsx';
import { ListScreen, useListSettings } from './list-screen.tsx';

const fields: FilterFields<Explanation> = {
  text: ({ id, seen, means, fix, commands }) => `${id} ${seen} ${means} ${fix} ${commands.join(' ')}`,
  terms: { code: { values: ({ id, fault }) => [id, fault ?? ''], exact: true } },
};
const sorts = ['guide', 'code'] as const;

export function TroubleshootingScreen({ filter }: { filter: string }) {
  const screen = useConsole();
  const settings = useListSettings(sorts, filter);
  const { filter: text, sort, reverse } = settings;
  const view = useMemo((): ListView<Explanation> => {
    const { test, error } = parseFilter(text, fields);
    const rows = explanations.filter(test);
    if (sort === 'code') rows.sort((a, b) => (a.id < b.id ? -1 : 1));
    return { rows: reverse ? rows.reverse() : rows, total: explanations.length, error };
  }, [text, sort, reverse]);
  return (
    <ListScreen
      crumbs={['Troubleshooting']}
      what="the guide"
      topic={{ ...absentTopic, phase: 'ready' }}
      view={view}
      settings={settings}
      columns={columns}
      empty={{ text: 'Nothing is explained', hint: '' }}
      handlers={({ cursor }) => ({
        'list.open': cursor === null ? undefined : () => openExplanation(screen, cursor),
      })}
      copyText={({ commands, id }) => {
        const [command] = commands;
        return command === undefined
          ? { text: id, what: 'the code' }
          : { text: command, what: 'the command' };
      }}
    />
  );
}

function openExplanation({ openOverlay, room }: Console, explanation: Explanation): void {
  openOverlay((close) => <ExplainDialog explanation={explanation} room={room} onClose={close} />);
}

/** Opens what a code means; says so when nothing is wrong. */
export function explain(screen: Console, code: string | null): void {
  const [explanation] = code === null ? [] : explanationsOf(code);
  if (explanation === undefined) screen.session.notify({ tone: 'plain', text: 'Nothing is wrong here' });
  else openExplanation(screen, explanation);
}

const columns: readonly Column<Explanation>[] = [
  { key: 'code', title: 'CODE', width: 24, grow: 1, max: 36, priority: 0, cell: ({ id }) => id },
  { key: 'means', title: 'MEANS', width: 30, grow: 3, priority: 0, cell: ({ means }) => means },
  {
    key: 'fix',
    title: 'DO',
    width: 24,
    grow: 2,
    priority: 2,
    cell: ({ fix }) => ({ text: fix, tone: 'dim' }),
  },
];
