// Ties calls, stream and store together for one profile: the thing a screen holds on to.
import { getMe } from '../../protocol/api/session.ts';
import { getRunOutput } from '../../protocol/api/runs.ts';
import type { Route } from '../../protocol/api/route.ts';
import { Refusal } from '../../protocol/errors.ts';
import type { Topic } from '../../protocol/events.ts';
import { neutralise, neutraliseDeep } from '../../protocol/neutralise.ts';
import { systemClock, type Clock } from '../store/clock.ts';
import { isCurrent, type LinkState } from '../store/link-state.ts';
import { addPage } from '../store/output-log.ts';
import type { Call, CallArguments, Session, SessionProfile } from '../store/session.ts';
import { createConsoleStore, type ConsoleStore } from '../store/store.ts';
import { createApi, type Api } from './api.ts';
import { freshReadOf, isRead } from './containing.ts';
import { openEventStream } from './event-stream.ts';
import { outputAfter } from './output-pages.ts';
import { failureOf } from './remote-refusal.ts';
import { createReplyBatch } from './reply-batch.ts';

export interface SessionOptions {
  readonly profile: SessionProfile;
  /** Look as this member, id or name; nothing is changed. */
  readonly as?: string | undefined;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly ca?: string | undefined;
}

const PAGE = 2000;

/** Starts the stream and asks who is signed in, at once. Refuses `insecure_url` or `invalid_request` by throwing. */
export function createSession({
  profile,
  as,
  clock = systemClock,
  random = Math.random,
  ca,
}: SessionOptions): Session {
  const { token, ...shownProfile } = profile;
  const store = createConsoleStore(clock.now());
  const api = createApi({ url: profile.url, token, as, clock, random, ca });
  const call = neutralisedCall(api);
  const notices = noticeBoard(store, clock);
  const batch = createReplyBatch(store, clock);

  async function askWho(): Promise<void> {
    try {
      store.setState({ me: await call(getMe) });
    } catch (error) {
      notices.notifyFailure(error);
    }
  }
  function onLink(link: LinkState): void {
    batch.flush();
    const wasLive = store.getState().link.kind === 'live';
    store.setState({ link: safeLink(link) });
    if (link.kind === 'live' && !wasLive) void askWho();
    if (link.kind === 'signed_out') {
      const { detail, fix, code } = safeLink(link);
      notices.notify({ tone: 'danger', text: detail, fix, code });
    }
  }
  const stream = openEventStream({
    url: api.url,
    token,
    as,
    ca,
    clock,
    random,
    onLink,
    onHello: (version) => store.setState({ serverVersion: neutralise(version) }),
    onReply(topic, reply) {
      batch.add({ topic, reply });
      if (reply.type === 'event' && reply.event.type === 'run.output_gap') void fillGap(topic, reply.event);
    },
    onDropped: (topic) => forget(store, topic),
  });

  /** What the stream left out for a slow viewer is fetched by page (T13). */
  async function fillGap(topic: Topic, gap: { after_seq: number; before_seq: number }): Promise<void> {
    const runId = topic.slice('run:'.length);
    try {
      let after = gap.after_seq;
      while (after < gap.before_seq - 1) {
        const page = await call(getRunOutput, {
          params: { id: runId },
          query: { after_seq: after, limit: PAGE },
        });
        addOutput(store, batch, runId, { ...page, more_before: false }, 'fill');
        const last = page.items.at(-1)?.seq;
        if (last === undefined || !page.more_after) return;
        after = last;
      }
    } catch (error) {
      notices.notifyFailure(error);
    }
  }

  return {
    store,
    profile: shownProfile,
    watch: (topic) => stream.watch(topic),
    onEvent: batch.onEvent,
    call: guardedCall(call, store),
    refresh() {
      stream.refresh();
      void askWho();
    },
    async loadOutput(runId, direction) {
      const log = store.getState().openRuns.get(runId)?.output;
      const position =
        direction === 'before'
          ? { before_seq: log?.firstSeq ?? undefined }
          : direction === 'after'
            ? { after_seq: log?.lastSeq ?? undefined }
            : {};
      const page = await call(getRunOutput, { params: { id: runId }, query: { ...position, limit: PAGE } });
      addOutput(store, batch, runId, page, direction);
    },
    exactOutput: (runId) => outputAfter(api.call, runId),
    ...notices,
    async close() {
      stream.close();
      batch.close();
      await api.close();
    },
  };
}

type PageUse = 'before' | 'after' | 'tail' | 'fill';

function addOutput(
  store: ConsoleStore,
  batch: { flush(): void },
  runId: string,
  page: Parameters<typeof addPage>[1],
  use: PageUse,
): void {
  batch.flush();
  const { openRuns } = store.getState();
  const view = openRuns.get(runId);
  if (view === undefined) return;
  const output = addPage(view.output, page, use);
  store.setState({ openRuns: new Map(openRuns).set(runId, { ...view, output }) });
}

/** Rows of a topic that nobody reads are let go where they can be large; lists stay until the next snapshot. */
function forget(store: ConsoleStore, topic: Topic): void {
  const state = store.getState();
  const topics = new Map(state.topics);
  topics.delete(topic);
  const openRuns = new Map(state.openRuns);
  if (topic.startsWith('run:')) openRuns.delete(topic.slice('run:'.length));
  store.setState({ topics, openRuns });
}

/** Answers pass the same door as the stream; chunks of output stay exact. */
function neutralisedCall(api: Api): Call {
  return async <R extends Route>(route: R, ...parts: CallArguments<R>) => {
    const output = await api.call(route, ...parts);
    return (route as Route) === getRunOutput ? output : neutraliseDeep(output);
  };
}

function guardedCall(call: Call, store: ConsoleStore): Call {
  return async <R extends Route>(route: R, ...parts: CallArguments<R>) => {
    if (!isRead(route) && !isCurrent(store.getState().link)) {
      const freshRead = freshReadOf(route);
      if (freshRead === null) throw new Refusal('stale_data');
      const { params } = (parts[0] ?? {}) as { params?: Record<string, unknown> };
      await call(
        freshRead,
        ...([{ params: freshRead === getMe ? {} : params }] as unknown as CallArguments<Route>),
      );
    }
    return call(route, ...parts);
  };
}

function safeLink<Link extends LinkState>(link: Link): Link {
  if (link.kind === 'signed_out')
    return {
      ...link,
      code: neutralise(link.code),
      detail: neutralise(link.detail),
      // Here one need not go back to the shell for it.
      fix: link.status === 401 ? 'Sign in again: :login' : neutralise(link.fix),
    };
  if (link.kind === 'reconnecting' || link.kind === 'stale')
    return { ...link, because: neutralise(link.because) };
  return link;
}

function noticeBoard(
  store: ConsoleStore,
  clock: Clock,
): Pick<Session, 'notify' | 'notifyFailure' | 'dismissNotice'> {
  let lastId = 0;
  const notify: Session['notify'] = ({ tone, text, fix = null, code = null }) => {
    lastId += 1;
    store.setState({ notice: { id: lastId, tone, text: neutralise(text), fix, code, at: clock.now() } });
  };
  return {
    notify,
    notifyFailure(error) {
      const { code, detail, fix } = failureOf(error);
      notify({ tone: 'danger', text: detail, fix, code });
    },
    dismissNotice: () => store.setState({ notice: null }),
  };
}
