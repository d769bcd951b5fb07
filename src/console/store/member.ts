// One member's access as a list to tick: modes, groups, runners, packs; and what a draft of it would change here.
import { reachOfAccess, type Access } from '../../protocol/access.ts';
import type { AccessChange } from '../../protocol/api/members.ts';
import type { Runner } from '../../protocol/api/runners.ts';
import { reachesPack, reachesRunner } from '../../protocol/scope.ts';
import { byText } from './list-selector.ts';
import type { ConsoleState } from './state.ts';

export type AccessRow =
  | { readonly kind: 'mode'; readonly mode: Access['runner_access']; readonly on: boolean }
  | { readonly kind: 'group'; readonly name: string; readonly runners: number; readonly on: boolean }
  | { readonly kind: 'runner'; readonly runner: Runner; readonly on: boolean; readonly covered: boolean }
  | { readonly kind: 'all-packs'; readonly on: boolean }
  | { readonly kind: 'pack'; readonly id: string; readonly on: boolean };

type Known = Pick<ConsoleState, 'runners' | 'packVersions'>;

export function groupsOf({ runners }: Known, access: Access): [name: string, runners: number][] {
  const counts = new Map<string, number>();
  for (const { group } of runners.values()) counts.set(group, (counts.get(group) ?? 0) + 1);
  // One that was granted stays in sight although no host declares it now.
  for (const selector of access.runner_selectors)
    if (selector.startsWith('group:') && !counts.has(selector.slice(6))) counts.set(selector.slice(6), 0);
  return [...counts].toSorted(([a], [b]) => byText(a, b));
}

export function packIdsOf({ packVersions }: Known, access: Access): string[] {
  const ids = [...packVersions.values()].map(({ pack_id: id }) => id);
  return [...new Set([...ids, ...access.pack_ids])].toSorted(byText);
}

export function accessRows(known: Known, access: Access): { runners: AccessRow[]; packs: AccessRow[] } {
  const isRestricted = access.runner_access === 'restricted';
  const selected = new Set(access.runner_selectors);
  const modes = (['all', 'none'] as const).map((mode): AccessRow => ({
    kind: 'mode',
    mode,
    on: access.runner_access === mode,
  }));
  const groups = groupsOf(known, access).map(([name, runners]): AccessRow => ({
    kind: 'group',
    name,
    runners,
    on: isRestricted && selected.has(`group:${name}`),
  }));
  const runners = [...known.runners.values()]
    .toSorted((a, b) => byText(a.name, b.name))
    .map((runner): AccessRow => ({
      kind: 'runner',
      runner,
      on: isRestricted && selected.has(`runner:${runner.id}`),
      covered: isRestricted && selected.has(`group:${runner.group}`),
    }));
  const packs = packIdsOf(known, access).map((id): AccessRow => ({
    kind: 'pack',
    id,
    on: access.pack_access === 'restricted' && access.pack_ids.includes(id),
  }));
  return {
    runners: [...modes, ...groups, ...runners],
    packs: [{ kind: 'all-packs', on: access.pack_access === 'all' }, ...packs],
  };
}

/** The draft after its row was ticked or unticked. The last selection that goes leaves nothing reached. */
export function toggled(access: Access, row: AccessRow): Access {
  switch (row.kind) {
    case 'mode':
      return { ...access, runner_access: row.mode, runner_selectors: [] };
    case 'group':
      return withSelector(access, `group:${row.name}`);
    case 'runner':
      return withSelector(access, `runner:${row.runner.id}`);
    case 'all-packs':
      return { ...access, pack_access: 'all', pack_ids: [] };
    case 'pack': {
      const ids = flipped(access.pack_ids, row.id);
      return { ...access, pack_access: ids.length === 0 ? 'all' : 'restricted', pack_ids: ids };
    }
  }
}

function withSelector(access: Access, selector: string): Access {
  const before = access.runner_access === 'restricted' ? access.runner_selectors : [];
  const selectors = flipped(before, selector);
  return {
    ...access,
    runner_access: selectors.length === 0 ? 'none' : 'restricted',
    runner_selectors: selectors,
  };
}

function flipped(list: readonly string[], one: string): string[] {
  return list.includes(one) ? list.filter((each) => each !== one) : [...list, one];
}

export function sameAccess(one: Access, other: Access): boolean {
  const text = (access: Access) =>
    JSON.stringify([
      access.runner_access,
      access.runner_selectors.toSorted(byText),
      access.pack_access,
      access.pack_ids.toSorted(byText),
    ]);
  return text(one) === text(other);
}

/** What the draft would give and take, of what is known here. */
export function changeHere(known: Known, before: Access, after: Access): AccessChange {
  const [old, next] = [reachOfAccess(before), reachOfAccess(after)];
  const runners = [...known.runners.values()];
  const packs = packIdsOf(known, after);
  return {
    runners_added: runners.filter((runner) => !reachesRunner(old, runner) && reachesRunner(next, runner)),
    runners_removed: runners.filter((runner) => reachesRunner(old, runner) && !reachesRunner(next, runner)),
    packs_added: packs.filter((id) => !reachesPack(old, id) && reachesPack(next, id)),
    packs_removed: packs.filter((id) => reachesPack(old, id) && !reachesPack(next, id)),
  };
}
