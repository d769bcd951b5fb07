// An access that somebody wants to give: checked against what there is, and what it adds and takes away. Pure.
import { reachOfAccess, type Access } from '../../protocol/access.ts';
import type { AccessChange } from '../../protocol/api/members.ts';
import { Refusal } from '../../protocol/errors.ts';
import { bounded } from '../../protocol/neutralise.ts';
import { reachesAll, reachesPack, reachesRunner, type Reach } from '../../protocol/scope.ts';

export interface KnownThings {
  runners: readonly { id: string; name: string; group: string }[];
  packIds: readonly string[];
}

/**
 * The access with every runner that a named group covers left out. Refuses `invalid_request` for what does not
 * exist, as a whole: a save never narrows or widens silently. What was granted before may stay. A giver who does not
 * reach everything is refused `runner_access_exceeds_subject`, as for what exists out of their reach.
 */
export function checkedAccess(wish: Access, before: Access, known: KnownThings, giver: Reach): Access {
  const groups = new Set(known.runners.map(({ group }) => `group:${group}`));
  const runners = new Map(known.runners.map((runner) => [`runner:${runner.id}`, runner]));
  const granted = new Set([...before.runner_selectors, ...before.pack_ids]);
  for (const selector of wish.runner_selectors) {
    if (!groups.has(selector) && !runners.has(selector) && !granted.has(selector))
      throw unknown(giver, 'access.runner_selectors', selector, 'no runner and no group');
  }
  const packs = new Set(known.packIds);
  for (const id of wish.pack_ids)
    if (!packs.has(id) && !granted.has(id)) throw unknown(giver, 'access.pack_ids', id, 'no pack');
  const named = new Set(wish.runner_selectors);
  const needed = [...named].filter((selector) => {
    const runner = runners.get(selector);
    return runner === undefined || !named.has(`group:${runner.group}`);
  });
  return { ...wish, runner_selectors: needed, pack_ids: [...new Set(wish.pack_ids)] };
}

function unknown(giver: Reach, field: string, given: string, what: string): Refusal {
  if (!reachesAll(giver)) return new Refusal('runner_access_exceeds_subject');
  return new Refusal(
    'invalid_request',
    `Cannot read ${field} in the request body: ${what} is called ${bounded(given, 100)}`,
    { field },
  );
}

export function changeOf(before: Access, after: Access, known: KnownThings): AccessChange {
  const [old, next] = [reachOfAccess(before), reachOfAccess(after)];
  const runners = known.runners.map((runner) => ({
    runner,
    was: reachesRunner(old, runner),
    is: reachesRunner(next, runner),
  }));
  const packs = known.packIds.map((id) => ({ id, was: reachesPack(old, id), is: reachesPack(next, id) }));
  return {
    runners_added: runners.filter(({ was, is }) => is && !was).map(({ runner }) => runner),
    runners_removed: runners.filter(({ was, is }) => was && !is).map(({ runner }) => runner),
    packs_added: packs.filter(({ was, is }) => is && !was).map(({ id }) => id),
    packs_removed: packs.filter(({ was, is }) => was && !is).map(({ id }) => id),
  };
}
