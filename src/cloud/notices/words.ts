// News in words, for a chat and for a letter: the first line says it, the second what to type. Pure.
import type { PackVersion } from '../../protocol/api/packs.ts';
import type { Run } from '../../protocol/api/runs.ts';
import { bounded } from '../../protocol/neutralise.ts';
import type { ApprovalFacts } from '../approvals/facts.ts';
import type { News } from './news.ts';

const NAMED_IN_TEXT = 3;

export function wordsOf(news: News): { line: string; look: string } {
  switch (news.event) {
    case 'approval.requested':
      return requested(news.approvals);
    case 'approval.decided':
      return { line: decided(news.approvals), look: 'emisar-console approvals list' };
    case 'approval.expired':
      return {
        line: `Nobody decided in time: ${actionOn(news.approvals)}; nothing was executed`,
        look: 'emisar-console approvals list',
      };
    case 'pack_version.pending':
      return {
        line: `A pack waits for a decision: ${packNames(news.packs)}`,
        look: 'emisar-console packs list',
      };
    case 'pack_version.drifted':
      return {
        line: `A pack changed while its version stayed the same: ${packNames(news.packs)}`,
        look: 'emisar-console packs list',
      };
    case 'run.failed':
      return failed(news.runs);
    case 'runner.offline':
      return {
        line: `Offline for ${spanOf(news.forSeconds)}: ${namesOf(news.runners)}`,
        look: 'emisar-console runners list status:offline',
      };
    case 'runner.identity_conflict':
      return {
        line: `Two hosts present one identity: ${namesOf(news.runners)}`,
        look: 'emisar-console explain runner.flapping',
      };
  }
}

function requested(approvals: readonly ApprovalFacts[]) {
  const [first] = approvals;
  const show = approvals.length === 1 ? `approvals show ${first?.id ?? ''}` : 'approvals list';
  return {
    line: `Approval needed: ${actionOn(approvals)} (${first?.risk ?? ''} risk): ${said(first?.reason, 300)}`,
    look: `emisar-console ${show}`,
  };
}

function decided(approvals: readonly ApprovalFacts[]): string {
  const [first] = approvals;
  const word = first?.status === 'denied' ? 'Denied' : 'Approved';
  const note = first?.decision_note ? `: ${said(first.decision_note, 300)}` : '';
  return `${word} by ${said(first?.decided_by)}: ${actionOn(approvals)}${note}`;
}

function failed(runs: readonly Run[]) {
  const [first] = runs;
  const code = first?.exit_code ?? null;
  const status = code === null || runs.length > 1 ? first?.status : `${first?.status} with exit code ${code}`;
  const look = runs.length === 1 ? `runs show ${first?.id ?? ''}` : 'runs list status:failed';
  return { line: `A run ended as ${status ?? ''}: ${actionOn(runs)}`, look: `emisar-console ${look}` };
}

function actionOn(rows: readonly (Run | ApprovalFacts)[]): string {
  const [first] = rows;
  const hosts = listed(rows.map((row) => row.runner_name));
  return `${said(first?.action_id)} on ${hosts}, asked for by ${said(first?.requested_by)}`;
}

function packNames(packs: readonly PackVersion[]): string {
  return listed(packs.map(({ pack_id: id, version }) => `${id} ${version}`));
}

function namesOf(runners: readonly { name: string }[]): string {
  return listed(runners.map(({ name }) => name));
}

function listed(names: readonly string[]): string {
  const shown = names
    .slice(0, NAMED_IN_TEXT)
    .map((name) => said(name))
    .join(', ');
  const more = names.length - NAMED_IN_TEXT;
  return more > 0 ? `${shown} and ${more} more` : shown;
}

function spanOf(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return minutes === 1 ? 'a minute' : `${minutes} minutes`;
  return `${Math.round(minutes / 60)} hours`;
}

/** Text of people and hosts: one line, without anything that moves a cursor or ends a line. */
function said(text: string | null | undefined, limit = 120): string {
  return bounded(text ?? 'somebody', limit);
}

/**
 * Text that Slack, and what takes its format, shows as it is: no link and no mention of everybody, whoever named a
 * host. The full-width sign reads as an @ and rings nobody.
 */
export function chatText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('@', '\uff20');
}

/** Back again, for eyes. */
export function plainText(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}
