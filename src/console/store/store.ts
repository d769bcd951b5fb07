// The one store of a console: zustand without React. Only the session writes it.
import { createStore, type StoreApi } from 'zustand/vanilla';
import { initialState, type ConsoleState } from './state.ts';

export type ConsoleStore = StoreApi<ConsoleState>;

/** `now` in milliseconds, as the session's clock tells it. */
export function createConsoleStore(now: number): ConsoleStore {
  return createStore<ConsoleState>()(() => initialState(now));
}
