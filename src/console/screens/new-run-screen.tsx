// From a runner and an action to a run: a typed form, checked before it is sent. Without an action, the list
// of what this runner offers.
import { useMemo } from 'react';
import { getRunner, listRunnerActions, type RunnerAction } from '../../protocol/api/runners.ts';
import { getRun, type RunDetail } from '../../protocol/api/runs.ts';
import { Empty, Failed, Loading } from '../components/states.tsx';
import { useFetched } from '../components/use-fetched.ts';
import { useCommands } from '../keymap/use-keys.ts';
import type { Runner } from '../../protocol/api/runners.ts';
import type { Session } from '../store/session.ts';
import { useConsole, useConsoleState, useTopic } from './console-context.ts';
import { manyRunners, type ManyRunners } from './new-run-many.ts';
import { NewRunActions } from './new-run-actions.tsx';
import { NewRunForm } from './new-run-form.tsx';
import { NewRunRunners } from './new-run-runners.tsx';
import type { NewRunPlace } from './place.ts';
import { ScreenFrame } from './screen-frame.tsx';

interface NewRunProps {
  /** Id or exact name. */
  readonly runnerId: string;
  readonly actionId: string | null;
  /** A run whose arguments and reason fill the form. */
  readonly fromRunId?: string | undefined;
  /** The runner then stands for these: what it offers is what the form asks for. */
  readonly many?: ManyRunners | undefined;
}

export interface Offer {
  readonly runner: Runner;
  readonly actions: readonly RunnerAction[];
  readonly earlier: RunDetail | null;
}

export function NewRunScreen({ place }: { place: NewRunPlace }) {
  const { runnerId, actionId, fromRunId, group, runnerIds } = place;
  if (group !== undefined || runnerIds !== undefined) return <NewRunOnMany place={place} />;
  if (runnerId === null) return <NewRunRunners actionId={actionId} />;
  return <NewRunOn runnerId={runnerId} actionId={actionId} fromRunId={fromRunId} />;
}

/** The best of them, an online one if there is, stands for all. */
function NewRunOnMany({ place }: { place: NewRunPlace }) {
  const { room } = useConsole();
  const { group, runnerIds, actionId, fromRunId } = place;
  const fleet = useTopic('fleet');
  const runners = useConsoleState((state) => state.runners);
  const many = useMemo(() => manyRunners(runners, { group, runnerIds }), [runners, group, runnerIds]);
  const [sample] = many.runners;
  if (sample !== undefined) {
    return <NewRunOn runnerId={sample.id} actionId={actionId} fromRunId={fromRunId} many={many} />;
  }
  return (
    <ScreenFrame crumbs={['Runs', 'new run']}>
      {fleet.phase === 'loading' ? (
        <Loading what="the fleet" {...room} />
      ) : (
        <Empty text={`There is no runner in ${group ?? 'this selection'}`} {...room} />
      )}
    </ScreenFrame>
  );
}

function NewRunOn({ runnerId, actionId, fromRunId, many }: NewRunProps) {
  const { session, room, failureOf, go } = useConsole();
  useTopic('fleet');
  const live = useConsoleState((state) => findRunner(state.runners, runnerId));
  // What a runner offers changes with its packs, its trust and its state: the row tells when to ask anew.
  const version = `${live?.state} ${live?.packs_count} ${live?.packs_pending} ${live?.degraded_count}`;
  const fetched = useFetched(`${runnerId} ${fromRunId ?? ''}`, version, () =>
    readOffer(session, runnerId, fromRunId),
  );
  useCommands({ 'app.refresh': fetched.again });
  const crumbs = ['Runs', 'new run'];
  if (fetched.value === null) {
    return (
      <ScreenFrame crumbs={crumbs}>
        {fetched.phase === 'error' ? (
          <Failed what={`the actions of ${runnerId}`} failure={failureOf(fetched.error)} {...room} />
        ) : (
          <Loading what="what this runner offers" {...room} />
        )}
      </ScreenFrame>
    );
  }
  const { runner, actions, earlier } = fetched.value;
  const current = live ?? runner;
  if (actionId === null) {
    return (
      <NewRunActions
        runner={current}
        actions={actions}
        many={many}
        onChoose={(action) =>
          go({
            screen: 'new-run',
            runnerId: many === undefined ? runner.id : null,
            actionId: action,
            ...many?.place,
          })
        }
      />
    );
  }
  const entry = actions.find(({ action }) => action.id === actionId);
  if (entry === undefined) {
    const hint = {
      text: 'Its pack is not installed there, or the host hides it: emisar action list',
      tone: 'dim',
    } as const;
    return (
      <ScreenFrame crumbs={crumbs}>
        <Empty text={`${runner.name} does not offer ${actionId}`} hint={hint} {...room} />
      </ScreenFrame>
    );
  }
  return (
    <NewRunForm
      key={`${runner.id} ${actionId}`}
      runner={current}
      entry={entry}
      earlier={earlier}
      many={many}
    />
  );
}

async function readOffer(session: Session, runnerId: string, fromRunId: string | undefined): Promise<Offer> {
  const params = { id: runnerId };
  const [runner, { items }, earlier] = await Promise.all([
    session.call(getRunner, { params }),
    session.call(listRunnerActions, { params }),
    fromRunId === undefined ? null : session.call(getRun, { params: { id: fromRunId } }),
  ]);
  return { runner, actions: items, earlier };
}

function findRunner(runners: ReadonlyMap<string, Runner>, idOrName: string): Runner | undefined {
  const known = runners.get(idOrName);
  if (known !== undefined || idOrName.startsWith('rnr_')) return known;
  for (const runner of runners.values()) if (runner.name === idOrName) return runner;
  return undefined;
}
