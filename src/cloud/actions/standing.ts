// Whether one action could be started on one runner: the first thing in its way, or none (operator model A8).
import type { RefusalCode } from '../../protocol/errors.ts';
import type { JudgedAction, PolicyDecision } from '../../protocol/policy.ts';
import type { PolicyBook } from '../policy/book.ts';
import { blockOfRunner } from '../runners/runner-block.ts';
import type { CatalogueRunner } from './store.ts';

/** Runners on which every action stands alike, as far as it depends on the runner and not on what it carries. */
export interface RunnerClass {
  /** Equal for equal classes. */
  readonly key: string;
  readonly block: RefusalCode | null;
  readonly online: boolean;
  /** Policy says the same to each of them. */
  readonly example: { id: string; group: string };
}

export function classOf(
  runner: Omit<CatalogueRunner, 'catalogue_digest'>,
  online: boolean,
  book: PolicyBook,
): RunnerClass {
  const block = blockOfRunner(runner);
  const example = { id: runner.id, group: runner.group_name };
  return { key: `${block}|${online}|${book.scopeOf(example)}`, block, online, example };
}

export interface Standing {
  readonly blockedBy: RefusalCode | null;
  readonly policy: PolicyDecision;
}

/** `offerBlock`: what trust and the host's programs say; `mayDispatch`: whether who asks may start anything. */
export function standingOf(
  runner: Pick<RunnerClass, 'block' | 'example'>,
  action: JudgedAction,
  parts: { book: PolicyBook; offerBlock: RefusalCode | null; mayDispatch: boolean },
): Standing {
  const policy = parts.book.decide(runner.example, action).decision;
  const byPolicy = policy === 'deny' ? 'denied_by_policy' : null;
  const byRole = parts.mayDispatch ? null : 'insufficient_privileges';
  return { blockedBy: runner.block ?? parts.offerBlock ?? byPolicy ?? byRole, policy };
}
