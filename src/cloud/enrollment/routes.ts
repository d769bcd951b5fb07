// HTTP of enrollment keys, for operators. What hosts call is http/runner-endpoints.ts.
import * as api from '../../protocol/api/enrollment-keys.ts';
import { hostDocuments } from '../../protocol/host-forms.ts';
import { bind, type BoundRoute } from '../http/bound-route.ts';
import type { Enrollment } from './enrollment.ts';

export function enrollmentRoutes(enrollment: Enrollment): BoundRoute[] {
  return [
    bind(api.listEnrollmentKeys, ({ caller, query }) => enrollment.list(caller, query)),
    bind(api.getEnrollmentKey, ({ caller, params }) => enrollment.get(caller, params.id)),
    bind(api.mintEnrollmentKeys, async ({ caller, body }) => ({
      items: await enrollment.mint(caller, body),
    })),
    bind(api.createInstallCommand, async ({ caller, body: { variant, host, ...wish } }) => {
      const named = host === undefined ? {} : { hosts: [host] };
      const [minted] = await enrollment.mint(caller, { ...wish, ...named });
      const [document] = minted ? hostDocuments(variant, [minted]) : [];
      if (!minted || !document) throw new Error('a mint answered no key');
      return { minted, variant, document };
    }),
    bind(api.revokeEnrollmentKey, ({ caller, params }) => enrollment.revoke(caller, params.id)),
  ];
}
