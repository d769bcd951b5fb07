// The proof over every call: only the permission table decides who may, and what is out of reach is as good as absent.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { routes } from '../../../src/protocol/api/routes.ts';
import { may, roles } from '../../../src/protocol/permission.ts';
import { VERSION } from '../../../src/cloud/config.ts';
import { tokenOf } from '../../support/member-token.ts';
import type { Answer } from '../../support/running-cloud.ts';
import { filters, reachTable, type Ask } from './reach-table.ts';
import { absent, startTwoGroups, type Things, type TwoGroups } from './two-groups.ts';

let world: TwoGroups;
beforeAll(async () => {
  world = await startTwoGroups();
});
afterAll(() => world[Symbol.asyncDispose]());

const nameOf = ({ method, path }: { method: string; path: string }) => `${method} ${path}`;

function send(name: string, { params = [], query = {}, body }: Ask, token: string | null): Promise<Answer> {
  const [method = '', path = ''] = name.split(' ');
  const values = [...params];
  const filled = path.replace(/:\w+/g, () => encodeURIComponent(values.shift() ?? 'x'));
  const search = new URLSearchParams(query).toString();
  return world.cloud.call(method, `/api/v1${filled}${search && `?${search}`}`, body, token);
}

async function auditCount(): Promise<number> {
  return (await world.cloud.auditEvents()).length;
}

test('every route has its line in the table, and every line its route', () => {
  expect(Object.keys(reachTable).toSorted()).toEqual(routes.map(nameOf).toSorted());
});

test('C31: without a token, or with a wrong one, every route answers 401', async () => {
  for (const route of routes) {
    for (const [token, code] of [
      [null, 'token_missing'],
      [`emop-${'q'.repeat(43)}`, 'token_invalid'],
      ['Basic', 'token_invalid'],
    ] as const) {
      const answer = await send(nameOf(route), {}, token);
      expect(answer, nameOf(route)).toMatchObject({ status: 401, body: { code } });
      expect(answer.headers.get('emisar-server')).toBe(VERSION);
    }
  }
});

test('C31: every role gets exactly the routes that its permissions name', async () => {
  for (const role of roles) {
    const token = await tokenOf(world.cloud, role);
    for (const route of routes) {
      const { permission } = route;
      const { body } = await send(nameOf(route), {}, token);
      const isRefused = body['code'] === 'insufficient_privileges';
      expect(isRefused, `${role} ${nameOf(route)}`).toBe(permission !== null && !may(role, permission));
    }
  }
});

/** The answer with what was named in it made alike: longer names first, as they hold shorter ones. */
function alike({ status, body }: Answer, thing: Things): unknown {
  const named = Object.entries(thing).toSorted(([, one], [, other]) => other.length - one.length);
  // Each dispatch has an id of its own.
  let text = JSON.stringify([status, body]).replaceAll(/"op_[0-9A-Z]{26}"/g, '"op"');
  for (const [key, value] of named) text = text.replaceAll(value, key);
  return JSON.parse(text);
}

const asking = Object.entries(reachTable).flatMap(([name, line]) =>
  line.kind === 'one' || line.kind === 'naming' ? [[name, line] as const] : [],
);

test.each(asking)(
  '%s: out of reach is answered as what does not exist, and does nothing',
  async (name, line) => {
    const before = await auditCount();
    const [outside, none] = [line.asks(world.outside), line.asks(absent)];
    for (const [index, ask] of outside.entries()) {
      const answer = await send(name, ask, world.mara);
      const nothing = await send(name, none[index] ?? {}, world.mara);
      expect(alike(answer, world.outside)).toEqual(alike(nothing, absent));
      if (line.kind === 'one') expect(answer.status).toBe(404);
      // Somebody who reaches it is not told that it is absent: the test asks for something that is there.
      if (line.kind === 'one' && name.startsWith('GET'))
        expect((await send(name, ask, world.cloud.ownerToken)).status).toBe(200);
    }
    if (line.kind === 'one') expect(await auditCount()).toBe(before);
  },
);

const listing = Object.entries(reachTable).flatMap(([name, line]) =>
  line.kind === 'many' ? [[name, line] as const] : [],
);

test.each(listing)(
  '%s: holds and counts what is in reach, and nothing else',
  async (name, { ask = {}, count }) => {
    const mine = await send(name, ask, world.mara);
    const all = await send(name, ask, world.cloud.ownerToken);
    expect([mine.status, all.status]).toEqual([200, 200]);
    const text = JSON.stringify(mine.body);
    // The trail tells of everybody's webhooks, as of all that is of the account.
    const { webhook: _webhook, ...named } = world.outside;
    for (const [key, value] of Object.entries(named)) expect(text, key).not.toContain(`"${value}"`);
    if (count) expect(count(mine.body)).toBeLessThan(count(all.body));
  },
);

test.each(filters)(
  '%s by something out of reach finds as much as by what does not exist',
  async (name, query) => {
    const [outside, none, all] = [
      await send(name, { query: query(world.outside) }, world.mara),
      await send(name, { query: query(absent) }, world.mara),
      await send(name, { query: query(world.outside) }, world.cloud.ownerToken),
    ];
    expect(alike(outside, world.outside)).toEqual(alike(none, absent));
    expect(all.body['items']).not.toEqual([]);
  },
);

test('what is in reach is there: the same calls that read, about things inside', async () => {
  for (const [name, line] of asking.filter(([one]) => one.startsWith('GET')))
    for (const ask of line.asks(world.inside))
      expect((await send(name, ask, world.mara)).status, name).toBe(200);
});
