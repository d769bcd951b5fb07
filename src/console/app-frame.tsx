// The lines around every screen, fed from the store: who and where, what waits, the latest notice, the keys.
import { useEffect } from 'react';
import { HeaderLine, KeyLine, NoticeLine, TabsLine, type TabEntry } from './components/frame-lines.tsx';
import { bottomHints } from './keymap/hints.ts';
import { useActiveCommands, useKeyTable } from './keymap/use-keys.ts';
import { useConsole, useConsoleState, useTopic } from './screens/console-context.ts';
import { MORE_KEY, tabs, type Place } from './screens/place.ts';
import { Prompt, type PromptWish } from './screens/prompt.tsx';
import { packsNeedingDecision } from './store/packs.ts';
import { approvalsWaiting } from './store/approvals.ts';

interface HeadProps {
  readonly readOnly: boolean;
  readonly as: string | null;
  readonly width: number;
  readonly screen: Place['screen'];
  readonly setTitle: (text: string) => void;
}

export function Head({ readOnly, as, width, screen, setTitle }: HeadProps) {
  const { server } = useConsole();
  const link = useConsoleState((state) => state.link);
  const me = useConsoleState((state) => state.me);
  useTopic('badges');
  const waiting: Partial<Record<string, number>> = {
    Packs: useConsoleState(packsNeedingDecision),
    Approvals: useConsoleState(approvalsWaiting),
  };
  const words = {
    kind: link.kind,
    since: link.since,
    retryAt: 'retryAt' in link ? link.retryAt : null,
    status: link.kind === 'signed_out' ? link.status : undefined,
    lagSince: link.kind === 'live' ? link.lagSince : undefined,
  };
  const title = `emisar ${badgeText(sum(waiting)) ?? ''} ${me?.account.name ?? server}`.replace('  ', ' ');
  useEffect(() => setTitle(title), [setTitle, title]);
  return (
    <>
      <HeaderLine
        account={me === null ? server : `${me.member.name}@${me.account.name}  ${server}`}
        role={me?.member.role ?? null}
        as={as === null ? null : (me?.acting_as?.name ?? as)}
        readOnly={readOnly}
        link={words}
        width={width}
      />
      <TabsLine
        width={width}
        tabs={[
          ...tabs.map(({ number, title: name, screens }) => ({
            number,
            title: name,
            current: screens.includes(screen),
            badge: badgeOf(waiting[name]),
          })),
          { number: MORE_KEY, title: 'More', current: !tabs.some(({ screens }) => screens.includes(screen)) },
        ]}
      />
    </>
  );
}

function badgeText(count: number): string | undefined {
  return count > 0 ? `▲${count}` : undefined;
}

function badgeOf(count: number = 0): TabEntry['badge'] {
  const text = badgeText(count);
  return text === undefined ? undefined : { text, tone: 'caution' };
}

function sum(counts: Partial<Record<string, number>>): number {
  return Object.values(counts).reduce<number>((all, count = 0) => all + count, 0);
}

export function Foot(props: { width: number; prompt: PromptWish | null; closePrompt: () => void }) {
  const notice = useConsoleState((state) => state.notice);
  const table = useKeyTable();
  const active = useActiveCommands();
  return (
    <>
      <NoticeLine notice={notice} width={props.width} />
      {props.prompt === null ? (
        <KeyLine hints={bottomHints(table, active)} width={props.width} />
      ) : (
        <Prompt wish={props.prompt} width={props.width} onClose={props.closePrompt} />
      )}
    </>
  );
}
