// A state under change: each map is copied at most once, however many frames are applied together.
import type { ConsoleState } from './state.ts';

type MapKey =
  | 'topics'
  | 'runners'
  | 'beats'
  | 'packVersions'
  | 'runs'
  | 'enrollmentKeys'
  | 'approvals'
  | 'grants'
  | 'members'
  | 'tokens'
  | 'auditEvents'
  | 'openRuns';
type Entry<Key extends MapKey> =
  ConsoleState[Key] extends ReadonlyMap<infer Id, infer Row> ? [Id, Row] : never;

export interface Draft {
  readonly state: ConsoleState;
  put<Key extends MapKey>(key: Key, id: Entry<Key>[0], row: Entry<Key>[1]): void;
  drop<Key extends MapKey>(key: Key, id: Entry<Key>[0]): void;
  replace<Key extends MapKey>(key: Key, rows: ConsoleState[Key]): void;
  assign(fields: Partial<Omit<ConsoleState, MapKey>>): void;
}

export function createDraft(base: ConsoleState): Draft {
  let state = base;
  const copied = new Set<MapKey>();

  function writable<Key extends MapKey>(key: Key): Map<unknown, unknown> {
    if (!copied.has(key)) {
      copied.add(key);
      state = { ...state, [key]: new Map(state[key] as ReadonlyMap<unknown, unknown>) };
    }
    return state[key] as unknown as Map<unknown, unknown>;
  }

  return {
    get state() {
      return state;
    },
    put(key, id, row) {
      if ((state[key] as ReadonlyMap<unknown, unknown>).get(id) !== row) writable(key).set(id, row);
    },
    drop(key, id) {
      if ((state[key] as ReadonlyMap<unknown, unknown>).has(id)) writable(key).delete(id);
    },
    replace(key, rows) {
      copied.delete(key);
      state = { ...state, [key]: rows };
    },
    assign(fields) {
      state = { ...state, ...fields };
    },
  };
}
