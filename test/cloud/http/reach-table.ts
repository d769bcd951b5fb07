// What each call of the operator API has to do with reach. A route without a line here fails the proof.
import { defaultPolicy } from '../../../src/protocol/policy.ts';
import type { Things } from './two-groups.ts';

export interface Ask {
  /** Parameters of the path, in their order. */
  params?: string[];
  query?: Record<string, string>;
  body?: unknown;
}

export type Line =
  /** Tells nothing of runners, packs and runs; the sentence says why that is so. */
  | { kind: 'account'; because: string }
  /** About one thing: one out of reach is answered as one that does not exist, 404, and nothing is done. */
  | { kind: 'one'; asks: (thing: Things) => Ask[] }
  /** Names things on the way: those out of reach are answered as those that do not exist. */
  | { kind: 'naming'; asks: (thing: Things) => Ask[] }
  /** Lists or counts: only what is in reach. */
  | { kind: 'many'; ask?: Ask; count?: (body: Record<string, unknown>) => number };

const one = (...keys: (keyof Things)[]): Line => ({
  kind: 'one',
  asks: (thing) => keys.map((key) => ({ params: [thing[key]] })),
});
const oneWith = (key: keyof Things, body: (thing: Things) => unknown): Line => ({
  kind: 'one',
  asks: (thing) => [{ params: [thing[key]], body: body(thing) }],
});
const runnerVerb = one('runner', 'runnerName');
const hash = ({ packHash }: Things) => ({ expected_hash: packHash });
const decision = oneWith('packVersion', hash);
const why = { reason: 'to see' };
const account = (because: string): Line => ({ kind: 'account', because });
const people = account('who belongs to an account is no secret within it');
const own = account("the caller's own");
const setting = account('one setting of the whole account');
const total = ({ total: count }: Record<string, unknown>) => Number(count);
const many = (more: Omit<Extract<Line, { kind: 'many' }>, 'kind'> = {}): Line => ({ kind: 'many', ...more });
const accessTo = ({ runner }: Things) => ({
  runner_access: 'restricted',
  runner_selectors: [`runner:${runner}`],
});
const rules = defaultPolicy;

export const reachTable: Readonly<Record<string, Line>> = {
  'GET /me': own,
  'PATCH /me': own,
  'GET /fleet/summary': many({ count: total }),
  'GET /groups': many({ count: ({ items }) => (items as unknown[]).length }),
  'GET /tokens': people,
  'POST /tokens': { kind: 'naming', asks: (thing) => [{ body: { name: 'narrow', scope: accessTo(thing) } }] },
  'POST /tokens/:id/revoke': people,

  'GET /runners': many({ count: total }),
  'GET /runners/:id': runnerVerb,
  'DELETE /runners/:id': runnerVerb,
  'GET /runners/:id/actions': runnerVerb,
  'GET /runners/:id/packs': runnerVerb,
  'GET /runners/:id/tokens': runnerVerb,
  'GET /runners/:id/events': runnerVerb,
  'GET /runners/:id/runs': runnerVerb,
  'POST /runners/:id/hold': runnerVerb,
  'POST /runners/:id/release': runnerVerb,
  'POST /runners/:id/disable': runnerVerb,
  'POST /runners/:id/enable': runnerVerb,
  'POST /runners/:id/revoke-token': runnerVerb,
  'POST /runners/bulk': {
    kind: 'naming',
    asks: ({ runner, runnerName, group }) => [
      { body: { verb: 'hold', selector: { ids: [runner, runnerName] } } },
      { body: { verb: 'delete', selector: { ids: [runner] }, dry_run: true } },
      { body: { verb: 'hold', selector: { group } } },
    ],
  },
  'POST /runners/cleanup': many({ ask: { body: { dry_run: true, hours: 1 } } }),
  'GET /settings/runner-retention': setting,
  'PUT /settings/runner-retention': setting,

  'GET /enrollment-keys': many(),
  'GET /enrollment-keys/:id': account('keys are of the account; the runner that one brought in is left out'),
  'POST /enrollment-keys': account('only who reaches every runner mints keys'),
  'POST /enrollment-keys/:id/revoke': account('keys are of the account'),
  'POST /install-commands': account('only who reaches every runner mints keys'),

  'GET /packs': many({ count: total }),
  'GET /packs/:id': one('pack'),
  'DELETE /packs/:id': one('pack'),
  'POST /packs/cleanup': many({ ask: { body: { dry_run: true } } }),
  'GET /pack-versions': many({ count: ({ items }) => (items as unknown[]).length }),
  'GET /pack-versions/:id': one('packVersion'),
  'GET /pack-versions/:id/diff': one('packVersion'),
  'GET /pack-versions/:id/actions': one('packVersion'),
  'GET /pack-versions/:id/runners': one('packVersion'),
  'POST /pack-versions/:id/trust': decision,
  'POST /pack-versions/:id/reject': decision,
  'POST /pack-versions/:id/revoke-trust': decision,
  'POST /pack-versions/:id/override-retirement': decision,
  'DELETE /pack-versions/:id': one('packVersion'),
  'GET /settings/pack-auto-trust': setting,
  'PUT /settings/pack-auto-trust': setting,
  'GET /settings/pack-retention': setting,
  'PUT /settings/pack-retention': setting,

  'GET /actions': many({ count: total }),
  'GET /actions/:id': one('action'),

  'GET /approvals': many({ count: total }),
  'GET /approvals/:id': one('approval'),
  'POST /approvals/:id/approve': oneWith('approval', () => ({ note: 'go' })),
  'POST /approvals/:id/deny': oneWith('approval', () => ({ note: 'no' })),
  'POST /operations/:id/approve': oneWith('operation', () => ({})),
  'GET /grants': many({ count: total }),
  'POST /grants/:id/revoke': one('grant'),
  'POST /grants/revoke-all': many({ ask: { body: { dry_run: true } } }),
  'GET /settings/grant-cap': setting,
  'PUT /settings/grant-cap': setting,

  'GET /policy': many(),
  'PUT /policy': setting,
  'GET /policy/groups/:group': one('group'),
  'PUT /policy/groups/:group': oneWith('group', () => ({ rules })),
  'DELETE /policy/groups/:group': one('group'),
  'GET /policy/runners/:runner': runnerVerb,
  'PUT /policy/runners/:runner': oneWith('runner', () => ({ rules })),
  'DELETE /policy/runners/:runner': runnerVerb,
  'POST /policy/simulate': many({ ask: { body: { rules } }, count: (body) => Number(body['known_actions']) }),
  'GET /policy/resolve': {
    kind: 'naming',
    asks: ({ runner, runnerName, action }) => [
      { query: { runner, action } },
      { query: { runner: runnerName, action } },
    ],
  },

  'POST /dispatches': {
    kind: 'naming',
    asks: ({ runner, runnerName, group, action }) => [
      { body: { action_id: action, runners: [runner], ...why } },
      { body: { action_id: action, runners: [runnerName], ...why } },
      { body: { action_id: action, group, ...why } },
      { body: { action_id: 'webpack.ping', runners: [runner, runnerName], dry_run: true, ...why } },
    ],
  },
  'GET /operations/:id': one('operation'),
  'GET /operations/:id/answers': one('operation'),
  'POST /operations/:id/cancel': oneWith('operation', () => why),
  'POST /operations/:id/rerun': oneWith('operation', () => ({ ...why, only: 'all' })),
  'GET /runs': many({ count: total }),
  'GET /runs/:id': one('run'),
  'GET /runs/:id/output': one('run'),
  'POST /runs/:id/cancel': oneWith('run', () => why),
  'POST /runs/:id/rerun': oneWith('run', () => why),

  'GET /audit/events': many({ count: total }),
  'GET /audit/events/:id': one('event'),
  'GET /audit/event-types': many(),
  'GET /audit/export': many(),
  'GET /settings/audit-retention': setting,
  'PUT /settings/audit-retention': setting,

  'GET /members': people,
  'GET /members/:id': people,
  'POST /members': {
    kind: 'naming',
    asks: (thing) => [{ body: { name: 'otto', role: 'viewer', access: accessTo(thing) } }],
  },
  'PATCH /members/:id': {
    kind: 'naming',
    asks: (thing) => [{ params: ['owner'], body: { access: accessTo(thing), dry_run: true } }],
  },
  'POST /members/:id/resend-invite': people,
  'POST /members/:id/suspend': people,
  'POST /members/:id/reinstate': people,
  'POST /members/:id/end-sessions': people,
  'DELETE /members/:id': people,
  'GET /devices': people,
  'POST /devices/approve': people,
  'POST /devices/deny': people,

  'GET /webhooks': many({ count: ({ items }) => (items as unknown[]).length }),
  'GET /webhooks/:id': one('webhook'),
  'POST /webhooks': own,
  'PATCH /webhooks/:id': oneWith('webhook', () => ({ state: 'paused' })),
  'DELETE /webhooks/:id': one('webhook'),
  'POST /webhooks/:id/test': one('webhook'),
  'POST /webhooks/:id/rotate': one('webhook'),
  'GET /webhooks/:id/deliveries': one('webhook'),
};

/** Filters that name things: with one out of reach a list is as empty as with one that does not exist. */
export const filters: readonly (readonly [
  route: string,
  query: (thing: Things) => Record<string, string>,
])[] = [
  ['GET /runners', ({ group }) => ({ group })],
  ['GET /runners', ({ pack }) => ({ pack })],
  ['GET /runners', ({ runnerName }) => ({ q: runnerName })],
  ['GET /pack-versions', ({ pack }) => ({ pack })],
  ['GET /packs', ({ pack }) => ({ q: pack })],
  ['GET /actions', ({ pack }) => ({ pack })],
  ['GET /actions', ({ group }) => ({ group })],
  ['GET /actions', ({ action }) => ({ q: action })],
  ['GET /runs', ({ runner }) => ({ runner })],
  ['GET /runs', ({ group }) => ({ group })],
  ['GET /runs', ({ action }) => ({ action })],
  ['GET /runs', ({ operation }) => ({ operation })],
  ['GET /audit/events', ({ runner }) => ({ target: runner })],
  ['GET /audit/events', ({ runnerName }) => ({ q: runnerName })],
];
