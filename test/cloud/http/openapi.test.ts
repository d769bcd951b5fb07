import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import { openApiDocument } from '../../../src/cloud/http/openapi.ts';
import { refusalsOf } from '../../../src/protocol/api/refusals-of.ts';
import { publicRoutes, routes } from '../../../src/protocol/api/routes.ts';
import { startRunningCloud } from '../../support/running-cloud.ts';

const document = openApiDocument();
const all = [...routes, ...publicRoutes];
const text = JSON.stringify(document);

test('the document is one of OpenAPI 3.1', async () => {
  const { valid, errors } = await new Validator().validate(JSON.parse(text));
  expect(errors ?? []).toEqual([]);
  expect(valid).toBe(true);
});

test('every route is in the document with its codes, and nothing else is', () => {
  const described = Object.entries(document.paths)
    .filter(([path]) => path !== '/stream')
    .flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
  expect(described.toSorted()).toEqual(
    all.map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`).toSorted(),
  );
  const ids = Object.values(document.paths).flatMap((operations) =>
    Object.values(operations).map(({ operationId }) => operationId),
  );
  expect(new Set(ids).size).toBe(ids.length);
  for (const route of all)
    for (const code of refusalsOf(route, publicRoutes.includes(route))) expect(text).toContain(`"${code}"`);
});

test('each reference leads somewhere, and each component is referred to', () => {
  const { components } = document as unknown as { components: Record<string, Record<string, unknown>> };
  const defined = Object.entries(components).flatMap(([kind, named]) =>
    Object.keys(named).map((name) => `#/components/${kind}/${name}`),
  );
  const referred = new Set([...text.matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1] ?? ''));
  expect([...referred].filter((one) => !defined.includes(one))).toEqual([]);
  expect(defined.filter((one) => !referred.has(one) && !one.includes('securitySchemes'))).toEqual([]);
});

test('the control plane serves it to anybody, as it is', async () => {
  await using cloud = await startRunningCloud();
  const { status, body, headers } = await cloud.call('GET', '/api/v1/openapi.json', undefined, null);
  expect(status).toBe(200);
  expect(headers.get('content-type')).toMatch(/^application\/json/);
  expect(body).toEqual(JSON.parse(text));
});

test('what is declared is served', async () => {
  await using cloud = await startRunningCloud();
  for (const { method, path } of all) {
    const answer = await cloud.call(method, `/api/v1${path.replace(/:\w+/g, 'x')}`, undefined, null);
    expect([404, 405], `${method} ${path}`).not.toContain(answer.status);
  }
});
