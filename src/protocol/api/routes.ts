// Every call of the operator API in one list: the server mounts it, the tests walk it.
import type { Route } from './route.ts';
import * as actions from './actions.ts';
import * as audit from './audit.ts';
import * as devices from './devices.ts';
import * as enrollmentKeys from './enrollment-keys.ts';
import * as members from './members.ts';
import * as packs from './packs.ts';
import * as approvals from './approvals.ts';
import * as grants from './grants.ts';
import * as policy from './policy.ts';
import * as runners from './runners.ts';
import * as runs from './runs.ts';
import * as session from './session.ts';
import * as webhooks from './webhooks.ts';

export const routes: readonly Route[] = [
  session.getMe,
  session.getFleetSummary,
  session.listGroups,
  session.listTokens,
  session.mintToken,
  session.revokeToken,
  runners.listRunners,
  runners.getRunner,
  runners.listRunnerActions,
  runners.holdRunner,
  runners.releaseRunner,
  runners.disableRunner,
  runners.enableRunner,
  runners.revokeRunnerToken,
  runners.deleteRunner,
  enrollmentKeys.listEnrollmentKeys,
  enrollmentKeys.getEnrollmentKey,
  enrollmentKeys.mintEnrollmentKeys,
  enrollmentKeys.revokeEnrollmentKey,
  enrollmentKeys.createInstallCommand,
  packs.listPackVersions,
  packs.getPackVersion,
  packs.trustPackVersion,
  packs.rejectPackVersion,
  packs.revokePackVersion,
  packs.deletePackVersion,
  actions.listActions,
  actions.getAction,
  approvals.listApprovals,
  approvals.getApproval,
  approvals.approve,
  approvals.deny,
  approvals.approveOperation,
  grants.listGrants,
  grants.revokeGrant,
  grants.revokeAllGrants,
  grants.getGrantCap,
  grants.putGrantCap,
  policy.getPolicy,
  policy.putPolicy,
  policy.getGroupPolicy,
  policy.putGroupPolicy,
  policy.deleteGroupPolicy,
  policy.getRunnerPolicy,
  policy.putRunnerPolicy,
  policy.deleteRunnerPolicy,
  policy.simulatePolicy,
  policy.resolvePolicy,
  runs.dispatch,
  runs.getOperation,
  runs.listAnswers,
  runs.cancelOperation,
  runs.rerunOperation,
  runs.listRuns,
  runs.getRun,
  runs.getRunOutput,
  runs.cancelRun,
  runs.rerunRun,
  audit.listAuditEvents,
  audit.getAuditEvent,
  audit.listAuditEventTypes,
  audit.exportAudit,
  audit.getAuditRetention,
  audit.setAuditRetention,
  members.listMembers,
  members.getMember,
  members.inviteMember,
  members.resendInvitation,
  members.updateMember,
  members.updateMe,
  members.suspendMember,
  members.reinstateMember,
  members.endSessions,
  members.removeMember,
  devices.listDevices,
  devices.approveDevice,
  devices.denyDevice,
  webhooks.listWebhooks,
  webhooks.getWebhook,
  webhooks.createWebhook,
  webhooks.updateWebhook,
  webhooks.deleteWebhook,
  webhooks.testWebhook,
  webhooks.rotateWebhookSecret,
  webhooks.listDeliveries,
];

/** Where what calls take and answer is declared: each exported schema is known by its name. */
export const nouns: readonly Readonly<Record<string, unknown>>[] = [
  session,
  runners,
  enrollmentKeys,
  packs,
  approvals,
  grants,
  policy,
  runs,
  audit,
  members,
  devices,
  actions,
  webhooks,
];

/** What is answered without a token; everything else asks for one. */
export const publicRoutes: readonly Route[] = [
  members.acceptInvitation,
  devices.requestDevice,
  devices.claimDeviceToken,
  session.getOpenApi,
];
