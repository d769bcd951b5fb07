// Every call of the operator API: the server mounts them, the document describes them, the tests walk them.
import { isRoute, type Route } from './route.ts';
import * as actions from './actions.ts';
import * as approvals from './approvals.ts';
import * as audit from './audit.ts';
import * as devices from './devices.ts';
import * as enrollmentKeys from './enrollment-keys.ts';
import * as grants from './grants.ts';
import * as members from './members.ts';
import * as packSettings from './pack-settings.ts';
import * as packs from './packs.ts';
import * as policy from './policy.ts';
import * as upkeep from './fleet-upkeep.ts';
import * as runners from './runners.ts';
import * as runs from './runs.ts';
import * as session from './session.ts';
import * as webhooks from './webhooks.ts';

/** Where calls are declared, with what they take and answer: each is known by the name that it is exported by. */
export const nouns: readonly Readonly<Record<string, unknown>>[] = [
  session,
  runners,
  upkeep,
  enrollmentKeys,
  packs,
  packSettings,
  actions,
  approvals,
  grants,
  policy,
  runs,
  audit,
  members,
  devices,
  webhooks,
];

/** What is answered without a token; everything else asks for one. */
export const publicRoutes: readonly Route[] = [
  members.acceptInvitation,
  devices.requestDevice,
  devices.claimDeviceToken,
  session.getOpenApi,
];

export const routes: readonly Route[] = nouns
  .flatMap((noun) => Object.values(noun).filter(isRoute))
  .filter((route) => !publicRoutes.includes(route));
