// What a state looks like: one glyph, one tone and one word for each, the same on every screen.
import type { AuditOutcome } from '../../protocol/audit.ts';
import type { ApprovalStatus } from '../../protocol/approval.ts';
import type { Member } from '../../protocol/api/members.ts';
import type { EnrollmentKeyState } from '../../protocol/enrollment.ts';
import type { PackVersionState } from '../../protocol/pack-trust.ts';
import type { GrantState } from '../../protocol/grant.ts';
import type { PolicyDecision } from '../../protocol/policy.ts';
import type { Risk } from '../../protocol/risk.ts';
import type { RunStatus } from '../../protocol/run.ts';
import { badgeOf, type BadgeWord, type RunnerState } from '../../protocol/runner.ts';
import type { Span } from './span.ts';
import type { Tone } from './theme.ts';

export interface Token {
  readonly glyph: string;
  readonly tone: Tone;
  readonly word: string;
}

export const runnerTokens: Record<BadgeWord, Token> = {
  online: { glyph: '●', tone: 'good', word: 'online' },
  held: { glyph: '■', tone: 'caution', word: 'held' },
  stale: { glyph: '◐', tone: 'caution', word: 'stale' },
  offline: { glyph: '○', tone: 'caution', word: 'offline' },
  pending: { glyph: '◌', tone: 'caution', word: 'pending' },
  disabled: { glyph: '–', tone: 'dim', word: 'disabled' },
  revoked: { glyph: '✗', tone: 'danger', word: 'revoked' },
};

export const runTokens: Record<RunStatus, Token> = {
  pending: { glyph: '◌', tone: 'caution', word: 'queued' },
  pending_approval: { glyph: '▲', tone: 'caution', word: 'needs approval' },
  sent: { glyph: '◌', tone: 'caution', word: 'sent' },
  running: { glyph: '●', tone: 'focus', word: 'running' },
  cancelling: { glyph: '◌', tone: 'caution', word: 'cancelling' },
  success: { glyph: '✓', tone: 'good', word: 'success' },
  failed: { glyph: '✗', tone: 'danger', word: 'failed' },
  error: { glyph: '✗', tone: 'danger', word: 'error' },
  timed_out: { glyph: '✗', tone: 'danger', word: 'timed out' },
  validation_failed: { glyph: '✗', tone: 'danger', word: 'bad arguments' },
  unknown_action: { glyph: '✗', tone: 'danger', word: 'unknown action' },
  refused: { glyph: '✗', tone: 'danger', word: 'refused' },
  denied: { glyph: '✗', tone: 'danger', word: 'denied' },
  cancelled: { glyph: '–', tone: 'dim', word: 'cancelled' },
};

export const trustTokens: Record<PackVersionState | 'unknown' | 'drifted', Token> = {
  trusted: { glyph: '✓', tone: 'good', word: 'trusted' },
  pending: { glyph: '▲', tone: 'caution', word: 'pending' },
  drifted: { glyph: '▲', tone: 'caution', word: 'drifted' },
  rejected: { glyph: '✗', tone: 'danger', word: 'rejected' },
  retired: { glyph: '▲', tone: 'danger', word: 'retired' },
  unknown: { glyph: '?', tone: 'dim', word: 'unknown' },
};

export const keyTokens: Record<EnrollmentKeyState, Token> = {
  active: { glyph: '◌', tone: 'caution', word: 'waiting' },
  spent: { glyph: '✓', tone: 'good', word: 'used' },
  expired: { glyph: '–', tone: 'dim', word: 'expired' },
  revoked: { glyph: '✗', tone: 'danger', word: 'revoked' },
};

export const riskTokens: Record<Risk, Token> = {
  low: { glyph: '·', tone: 'plain', word: 'low' },
  medium: { glyph: '·', tone: 'plain', word: 'medium' },
  high: { glyph: '!', tone: 'caution', word: 'high' },
  critical: { glyph: '!', tone: 'danger', word: 'critical' },
};

export const decisionTokens: Record<PolicyDecision, Token> = {
  allow: { glyph: '✓', tone: 'good', word: 'allowed' },
  require_approval: { glyph: '▲', tone: 'caution', word: 'asks' },
  deny: { glyph: '✗', tone: 'danger', word: 'denied' },
};

export const grantTokens: Record<GrantState, Token> = {
  active: { glyph: '●', tone: 'good', word: 'stands' },
  inert: { glyph: '■', tone: 'caution', word: 'inert' },
  spent: { glyph: '✓', tone: 'dim', word: 'spent' },
  expired: { glyph: '–', tone: 'dim', word: 'expired' },
  revoked: { glyph: '✗', tone: 'danger', word: 'revoked' },
};

export const tokenTokens: Record<'here' | 'active' | 'expired' | 'revoked', Token> = {
  here: { glyph: '●', tone: 'focus', word: 'in use here' },
  active: { glyph: '●', tone: 'good', word: 'active' },
  expired: { glyph: '–', tone: 'dim', word: 'expired' },
  revoked: { glyph: '✗', tone: 'danger', word: 'revoked' },
};

export const outcomeTokens: Record<AuditOutcome, Token> = {
  danger: { glyph: '✗', tone: 'danger', word: 'danger' },
  warn: { glyph: '▲', tone: 'caution', word: 'caution' },
  pass: { glyph: '✓', tone: 'good', word: 'passed' },
  neutral: { glyph: '·', tone: 'plain', word: 'neutral' },
};

export const memberTokens: Record<Member['state'], Token> = {
  active: { glyph: '●', tone: 'good', word: 'active' },
  invited: { glyph: '◌', tone: 'caution', word: 'invited' },
  suspended: { glyph: '✗', tone: 'danger', word: 'suspended' },
};

export const approvalTokens: Record<ApprovalStatus, Token> = {
  pending: { glyph: '▲', tone: 'caution', word: 'pending' },
  approved: { glyph: '✓', tone: 'good', word: 'approved' },
  denied: { glyph: '✗', tone: 'danger', word: 'denied' },
  expired: { glyph: '–', tone: 'dim', word: 'expired' },
  cancelled: { glyph: '–', tone: 'dim', word: 'cancelled' },
};

/** A runner's badge; one that is held keeps that mark while its badge says something else. */
export function runnerBadge(runner: { state: RunnerState; stale: boolean; held: boolean }): Span[] {
  const word = badgeOf(runner);
  const spans = [badge(runnerTokens[word])];
  if (runner.held && word !== 'held') {
    const { glyph, tone } = runnerTokens.held;
    spans.push({ text: ` ${glyph}`, tone });
  }
  return spans;
}

/** Glyph, space and word as one span. */
export function badge(token: Token): Span {
  return { text: `${token.glyph} ${token.word}`, tone: token.tone };
}
