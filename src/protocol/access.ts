// What a member was given (operator model A3) as it is stored and edited; what it means is scope.ts.
import { z } from 'zod';
import type { PackReach, Reach, RunnerReach } from './scope.ts';

export const MAX_SELECTORS = 256;

export const runnerAccesses = ['none', 'all', 'restricted'] as const;
export const packAccesses = ['all', 'restricted'] as const;

/** `group:<name>` or `runner:<id>`. */
export const RunnerSelector = z
  .string()
  .max(128)
  .regex(/^(group:.{1,80}|runner:[A-Za-z0-9_]{1,64})$/, 'is group:NAME or runner:ID');

export const Access = z
  .object({
    runner_access: z.enum(runnerAccesses),
    runner_selectors: z.array(RunnerSelector).max(MAX_SELECTORS).default([]),
    pack_access: z.enum(packAccesses).default('all'),
    pack_ids: z.array(z.string().min(1).max(128)).max(MAX_SELECTORS).default([]),
  })
  .refine(
    ({ runner_access: access, runner_selectors: list }) => (access === 'restricted') === list.length > 0,
    {
      path: ['runner_selectors'],
      error: 'names at least one group or runner exactly when the access is restricted',
    },
  )
  .refine(({ pack_access: access, pack_ids: list }) => (access === 'restricted') === list.length > 0, {
    path: ['pack_ids'],
    error: 'names at least one pack exactly when the access is restricted',
  });
export type Access = z.output<typeof Access>;

export const fullAccess: Access = {
  runner_access: 'all',
  runner_selectors: [],
  pack_access: 'all',
  pack_ids: [],
};
/** What whoever is invited starts with. */
export const noAccess: Access = { ...fullAccess, runner_access: 'none' };

export function reachOfAccess(access: Access): Reach {
  return { runners: runnerReachOf(access), packs: packReachOf(access) };
}

function runnerReachOf({ runner_access: mode, runner_selectors: selectors }: Access): RunnerReach {
  if (mode !== 'restricted') return mode;
  const named = (prefix: string) =>
    new Set(selectors.flatMap((text) => (text.startsWith(prefix) ? [text.slice(prefix.length)] : [])));
  return { groups: named('group:'), runners: named('runner:') };
}

function packReachOf({ pack_access: mode, pack_ids: ids }: Access): PackReach {
  return mode === 'all' ? 'all' : new Set(ids);
}

/** True when whatever `inner` reaches, now or later, `outer` reaches too. */
export function isWithin(inner: Access, outer: Access): boolean {
  return runnersWithin(inner, outer) && packsWithin(inner, outer);
}

function runnersWithin(inner: Access, outer: Access): boolean {
  if (inner.runner_access === 'none' || outer.runner_access === 'all') return true;
  if (inner.runner_access === 'all' || outer.runner_access === 'none') return false;
  const granted = new Set(outer.runner_selectors);
  // A runner may leave its group: being in a granted one today is no right to it.
  return inner.runner_selectors.every((selector) => granted.has(selector));
}

function packsWithin(inner: Access, outer: Access): boolean {
  if (outer.pack_access === 'all') return true;
  if (inner.pack_access === 'all') return false;
  const granted = new Set(outer.pack_ids);
  return inner.pack_ids.every((id) => granted.has(id));
}
