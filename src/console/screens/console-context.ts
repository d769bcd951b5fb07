// What every screen is given: the session, where to go, what lies over it. One context, made by app.tsx.
import { createContext, useContext, useEffect, useMemo, useSyncExternalStore, type ReactNode } from 'react';
import type { Topic } from '../../protocol/events.ts';
import type { Permission } from '../../protocol/permission.ts';
import type { ActMenuItem } from '../components/act-menu.tsx';
import type { ConfirmProps } from '../components/confirm-dialog.tsx';
import type { DialogRoom } from '../components/dialog.tsx';
import type { FailureWords } from '../components/states.tsx';
import type { TimeMode } from '../format/time.ts';
import type { Session } from '../store/session.ts';
import { absentTopic, type ConsoleState, type TopicState } from '../store/state.ts';
import type { Place } from './place.ts';
import type { SignInWish } from './sign-in-form.tsx';

export type ConfirmWish = Omit<ConfirmProps, 'room' | 'server' | 'onClose' | 'failureOf'>;

/** A stored sign-in, without its token. */
export interface StoredProfile {
  readonly name: string;
  readonly url: string;
  readonly account?: string | undefined;
  readonly member?: string | undefined;
}

/** Stored sign-ins, and the ways to another server. Opening one ends this console's session. */
export interface ProfilesDoor {
  readonly current: string;
  readonly list: () => readonly StoredProfile[];
  readonly open: (name: string) => void;
  readonly forget: (name: string) => void;
  readonly signIn: (wish: SignInWish) => Promise<void>;
}

/** The fleet as another member sees it: read-only, in a session of its own, which begins and ends at a place. */
export interface Looking {
  /** Id or name of who is looked as; null for one's own eyes. */
  readonly as: string | null;
  readonly start: (member: string, from: Place) => Promise<void>;
  readonly stop: (from: Place) => void;
}

export interface Console {
  readonly session: Session;
  /** Host of the control plane, as danger dialogs name it. */
  readonly server: string;
  readonly timeMode: TimeMode;
  /** Milliseconds since the epoch; for what is decided once. What ticks uses `useNow`. */
  readonly now: () => number;
  /** Cells that a screen has below the breadcrumb. */
  readonly room: DialogRoom;
  /** False for what the role or read-only mode forbids. */
  readonly may: (permission: Permission) => boolean;
  readonly go: (place: Place) => void;
  /** Replaces where one is, without a step in history. */
  readonly replace: (place: Place) => void;
  readonly back: () => void;
  /** Puts the text on the clipboard of the terminal (OSC 52); `what` names it in the notice. */
  readonly copy: (text: string, what: string) => void;
  readonly openMenu: (title: string, items: readonly ActMenuItem[]) => void;
  readonly confirm: (wish: ConfirmWish) => void;
  readonly openOverlay: (draw: (close: () => void) => ReactNode) => void;
  /** Edits the filter of the list under it, live. */
  readonly openFilter: (text: string, apply: (text: string) => void) => void;
  readonly failureOf: (error: unknown) => FailureWords;
  readonly profiles: ProfilesDoor;
  /** Shows the fleet as this member sees it; a failure is a notice. */
  readonly lookAs: (member: string) => void;
}

export const ConsoleContext = createContext<Console | null>(null);

export function useConsole(): Console {
  const console = useContext(ConsoleContext);
  if (console === null) throw new Error('a screen was drawn outside of the console');
  return console;
}

/** Shortest time between two looks at the store: a burst of events costs ten frames a second, not hundreds (T22). */
const LOOK_EVERY_MS = 100;

/**
 * What `select` reads from the store. Drawn again when the answer is another object, at most ten times
 * a second; the first change after a rest is seen at once.
 */
export function useConsoleState<Value>(select: (state: ConsoleState) => Value): Value {
  const { store } = useConsole().session;
  const view = useMemo(() => viewOf(store), [store]);
  return useSyncExternalStore(view.subscribe, () => select(view.state()));
}

interface StoreView {
  /** The state at the latest look. */
  readonly state: () => ConsoleState;
  readonly subscribe: (listener: () => void) => () => void;
}

function viewOf(store: Session['store']): StoreView {
  let seen = store.getState();
  return {
    state: () => seen,
    subscribe: (listener) =>
      lookAtTimes(store, () => {
        seen = store.getState();
        listener();
      }),
  };
}

function lookAtTimes(store: Session['store'], look: () => void): () => void {
  let timer: NodeJS.Timeout | null = null;
  let isResting = true;
  look();
  const stop = store.subscribe(() => {
    if (timer !== null) {
      isResting = false;
      return;
    }
    look();
    timer = setTimeout(function again() {
      timer = null;
      if (isResting) return;
      isResting = true;
      look();
      timer = setTimeout(again, LOOK_EVERY_MS);
    }, LOOK_EVERY_MS);
  });
  return () => {
    stop();
    if (timer !== null) clearTimeout(timer);
  };
}

/** Watches a topic while mounted and answers how it stands. */
export function useTopic(topic: Topic): TopicState {
  const { session } = useConsole();
  useEffect(() => session.watch(topic), [session, topic]);
  const known = useConsoleState((state) => state.topics.get(topic) ?? absentTopic);
  const link = useConsoleState((state) => state.link);
  // What will never come is not being read.
  if (link.kind !== 'signed_out' || known.phase !== 'loading') return known;
  return { ...known, phase: 'error', failure: link };
}
