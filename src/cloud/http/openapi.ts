// The operator API as a document of OpenAPI 3.1, made from the same descriptions that the server mounts and the
// console calls. Nothing is written by hand beside them, so the two cannot drift.
import * as access from '../../protocol/access.ts';
import { Problem, isCreating, nothing, type Route } from '../../protocol/api/route.ts';
import { getOpenApi } from '../../protocol/api/session.ts';
import { nouns, publicRoutes, routes } from '../../protocol/api/routes.ts';
import { refusalsOf } from '../../protocol/api/refusals-of.ts';
import * as approval from '../../protocol/approval.ts';
import * as audit from '../../protocol/audit.ts';
import * as descriptor from '../../protocol/descriptor.ts';
import { refusalEntry, type RefusalCode } from '../../protocol/errors.ts';
import * as stream from '../../protocol/events.ts';
import * as packTrust from '../../protocol/pack-trust.ts';
import * as permission from '../../protocol/permission.ts';
import * as policy from '../../protocol/policy.ts';
import * as risk from '../../protocol/risk.ts';
import * as run from '../../protocol/run.ts';
import * as runner from '../../protocol/runner.ts';
import * as webhook from '../../protocol/webhook.ts';
import { API_PREFIX } from '../../protocol/version.ts';
import { VERSION } from '../config.ts';
import { bindPublic, type PublicRoute } from './bound-route.ts';
import { createSchemaBook, type JsonSchema, type SchemaBook } from './openapi-schemas.ts';
import { PROBLEM_TYPE } from './problem.ts';

export interface OpenApiDocument {
  openapi: '3.1.1';
  paths: Record<string, Record<string, OpenApiOperation>>;
  [part: string]: unknown;
}

export interface OpenApiOperation {
  operationId: string;
  responses: Record<string, OpenApiResponse>;
  [part: string]: unknown;
}

interface OpenApiResponse {
  $ref?: string;
  description?: string;
  content?: Record<string, { schema: JsonSchema }>;
}

/** `isExact`: for tests, which hold what the server really answers against it. */
export function openApiDocument({ isExact = false } = {}): OpenApiDocument {
  const book = createSchemaBook([...nouns, { Problem }, stream, ...words], { isExact });
  const all = [
    ...routes.map((route) => ({ route, isPublic: false })),
    ...publicRoutes.map((route) => ({ route, isPublic: true })),
  ];
  for (const { route } of all) book.answered(route.output);
  const responses = createResponses(book);
  const paths: OpenApiDocument['paths'] = {};
  for (const { route, isPublic } of all) {
    const path = documentPath(route);
    const operation = operationOf(book, responses, route, isPublic);
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation };
  }
  paths['/stream'] = { get: streamOperation(book, responses) };
  return {
    openapi: '3.1.1',
    info: {
      title: 'emisar operator API',
      version: VERSION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description:
        'What lies outside of the reach of a token is absent: 404, not counted, not heard of. Lists come by pages of ' +
        '`items`, `next_cursor` and `total`. A call that fails answers with a problem (RFC 9457) that carries a stable ' +
        '`code` and what to do, in `fix`. Clients pass over properties that they do not know.',
    },
    servers: [{ url: API_PREFIX }],
    security: [{ operatorToken: [] }],
    tags: [...new Set(Object.keys(paths).map(tagOf))].toSorted().map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        operatorToken: { type: 'http', scheme: 'bearer', description: 'An operator token, `emop-…`' },
      },
      parameters: { IdempotencyKey: idempotencyKey, EmisarAs: emisarAs },
      responses: responses.components(),
      schemas: book.components(),
    },
  };
}

/** Made when it is first asked for: it takes longer than an answer should, and is the same ever after. */
export function openApiRoutes(): PublicRoute[] {
  let document: OpenApiDocument | null = null;
  return [bindPublic(getOpenApi, async () => (document ??= openApiDocument()))];
}

/** Named schemas that several nouns share. */
const words = [
  access,
  approval,
  audit,
  descriptor,
  packTrust,
  permission,
  policy,
  risk,
  run,
  runner,
  webhook,
];

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  description:
    'The same key with the same body makes nothing twice: for a day it is answered as it was the first time, and ' +
    'where that answer held secrets, with `secrets_gone` and the ids of what was made.',
  schema: { type: 'string', minLength: 1, maxLength: 128, pattern: '^[\\x21-\\x7e]+$' },
};
const emisarAs = {
  name: 'Emisar-As',
  in: 'header',
  description: 'Looks as this member, by id or name in percent-encoding: what both reach, changing nothing.',
  schema: { type: 'string' },
};

/** The path of a route as the document spells it. */
export function documentPath({ path }: Pick<Route, 'path'>): string {
  return path.replace(/:(\w+)/g, '{$1}');
}

function tagOf(path: string): string {
  return path.split('/')[1] ?? '';
}

function operationOf(
  book: SchemaBook,
  responses: Responses,
  route: Route,
  isPublic: boolean,
): OpenApiOperation {
  const { permission, summary, path } = route;
  const parameters = parametersOf(book, route, isPublic);
  return {
    operationId: nameOf(route),
    summary,
    ...(permission === null
      ? {}
      : { description: `Needs the permission \`${permission}\`.`, 'x-permission': permission }),
    ...(isPublic ? { security: [] } : {}),
    tags: [tagOf(path)],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...bodyOf(book, route),
    responses: { ...success(book, route), ...responses.problems(refusalsOf(route, isPublic)) },
  };
}

function bodyOf(book: SchemaBook, { method, body }: Route) {
  if (method === 'GET' || body === nothing) return {};
  // A call without a body is read as one with an empty object.
  const required = !body.safeParse({}).success;
  return { requestBody: { required, content: { 'application/json': { schema: book.taken(body) } } } };
}

function nameOf(route: Route): string {
  for (const noun of nouns)
    for (const [name, declared] of Object.entries(noun)) if (declared === route) return name;
  throw new Error(`${route.method} ${route.path} is exported by none of the nouns in protocol/api/routes.ts`);
}

function parametersOf(book: SchemaBook, route: Route, isPublic: boolean): object[] {
  const headers = [
    ...(isCreating(route) && !isPublic ? ['IdempotencyKey'] : []),
    ...(route.method === 'GET' && !isPublic ? ['EmisarAs'] : []),
  ];
  return [
    ...parametersIn('path', book.spelledOut(route.params)),
    ...parametersIn('query', book.spelledOut(route.query)),
    ...headers.map((name) => ({ $ref: `#/components/parameters/${name}` })),
  ];
}

function parametersIn(place: 'path' | 'query', { properties = {}, required = [] }: JsonSchema) {
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: place,
    ...(place === 'path' || required.includes(name) ? { required: true } : {}),
    schema,
  }));
}

function success(book: SchemaBook, { status, output, mediaType }: Route): Record<string, OpenApiResponse> {
  const content = { [mediaType ?? 'application/json']: { schema: book.answered(output) } };
  return { [status]: { description: 'Done', content } };
}

interface Responses {
  /** By status. The same codes are the same response everywhere. */
  problems(codes: readonly RefusalCode[]): Record<string, OpenApiResponse>;
  components(): Record<string, OpenApiResponse>;
}

function createResponses(book: SchemaBook): Responses {
  const known: Record<string, OpenApiResponse> = {};
  const responseFor = (codes: readonly RefusalCode[]): OpenApiResponse => {
    const name = codes.join('.');
    const code = { type: 'string', enum: codes };
    known[name] ??= {
      description: codes.map((one) => `\`${one}\`: ${refusalEntry(one).sentence}`).join('\n\n'),
      content: { [PROBLEM_TYPE]: { schema: { allOf: [book.answered(Problem), { properties: { code } }] } } },
    };
    return { $ref: `#/components/responses/${name}` };
  };
  return {
    problems: (codes) =>
      Object.fromEntries(
        Object.entries(Object.groupBy(codes, (code) => refusalEntry(code).status)).map(
          ([status, ofStatus = []]) => [status, responseFor(ofStatus)],
        ),
      ),
    components: () => known,
  };
}

function streamOperation(book: SchemaBook, responses: Responses): OpenApiOperation {
  return {
    operationId: 'openStream',
    summary: 'Events as they happen, over a WebSocket',
    description:
      'One JSON text a message. For each topic that is subscribed to comes a snapshot, then events that are numbered ' +
      'without gaps.',
    'x-client-message': book.taken(stream.StreamRequest),
    'x-server-message': book.answered(stream.StreamReply),
    tags: ['stream'],
    parameters: [{ $ref: '#/components/parameters/EmisarAs' }],
    responses: { '101': { description: 'The stream is open' }, ...responses.problems(streamRefusals) },
  };
}

const streamRefusals: readonly RefusalCode[] = [
  'account_disabled',
  'invalid_request',
  'not_found',
  'token_invalid',
  'token_missing',
  'unavailable',
];
