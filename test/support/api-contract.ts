// The document of the operator API as a judge: every answer that a test gets must be one that the document
// allows for that call, and every body that was taken one that it describes.
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { documentPath, openApiDocument } from '../../src/cloud/http/openapi.ts';
import { PROBLEM_TYPE } from '../../src/cloud/http/problem.ts';
import { Problem } from '../../src/protocol/api/route.ts';
import { publicRoutes, routes } from '../../src/protocol/api/routes.ts';
import { isRefusalCode, refusalEntry } from '../../src/protocol/errors.ts';
import { secretKinds } from '../../src/protocol/ids.ts';
import { withoutSecrets } from '../../src/protocol/api/secrets.ts';
import { API_PREFIX } from '../../src/protocol/version.ts';

export interface Exchange {
  method: string;
  /** With prefix and query. */
  path: string;
  sent?: unknown;
  status: number;
  contentType: string;
  /** Decoded when it is JSON, text otherwise. */
  answered: unknown;
}

const tags = Object.values(secretKinds).map(({ tag }) => tag);
const SECRET = new RegExp(`(${tags.join('|')})[A-Za-z0-9_-]{43}`);

interface Content {
  content: Record<string, { schema: object }>;
}

const document = openApiDocument({ isExact: true });
const ajv = new Ajv2020({ strict: false, allErrors: true });
formats.default(ajv);
const { components } = document as unknown as {
  components: { schemas: object; responses: Record<string, Content> };
};
ajv.addSchema({ $id: 'api', components: { schemas: components.schemas } });
const validators = new Map<object, ValidateFunction>();

const templates = [...routes, ...publicRoutes].map((route) => ({
  route,
  method: route.method,
  path: documentPath(route),
  pattern: new RegExp(`^${API_PREFIX}${route.path.replaceAll('.', '\\.').replace(/:\w+/g, '[^/]+')}$`),
}));

/** Throws what the document does not know of this exchange. Calls of hosts and probes are not its matter. */
export function checkExchange(exchange: Exchange): void {
  const path = exchange.path.split('?', 1)[0] ?? '';
  if (!path.startsWith(`${API_PREFIX}/`)) return;
  if (exchange.status >= 400) checkProblem(exchange);
  const known = templates.filter(({ pattern }) => pattern.test(path));
  // A fixed path wins over one with a parameter, as in the server.
  const [template] = known
    .filter(({ method }) => method === exchange.method)
    .toSorted((one, other) => one.path.split('{').length - other.path.split('{').length);
  if (!template) return checkNoRoute(exchange, known.length > 0);
  const operation = document.paths[template.path]?.[template.method.toLowerCase()];
  const named = operation?.responses[exchange.status];
  const response = named?.$ref ? components.responses[named.$ref.split('/').at(-1) ?? ''] : named;
  if (!response) throw complaint(exchange, `status ${exchange.status} is not in the document`);
  const type = exchange.contentType.split(';', 1)[0] ?? '';
  hold(exchange, response.content?.[type]?.schema, exchange.answered, `the answer, ${type},`);
  if (exchange.status >= 300) return;
  const shown = JSON.stringify(withoutSecrets(template.route.output, exchange.answered) ?? null);
  if (SECRET.test(shown)) throw complaint(exchange, 'a secret is not declared as one');
  const body = operation?.['requestBody'] as Content | undefined;
  if (exchange.sent !== undefined && body)
    hold(exchange, body.content['application/json']?.schema, exchange.sent, 'what was taken');
}

function checkProblem(exchange: Exchange): void {
  if (!exchange.contentType.startsWith(PROBLEM_TYPE)) throw complaint(exchange, 'a failure is a problem');
  const { code, status, fix, type, detail } = Problem.parse(exchange.answered);
  if (!isRefusalCode(code)) throw complaint(exchange, `${code} is not in the catalogue`);
  const entry = refusalEntry(code);
  const isWhole =
    status === exchange.status && entry.status === status && fix === entry.fix && type.endsWith(`:${code}`);
  if (!isWhole || detail === '')
    throw complaint(exchange, `the problem ${code} is not as the catalogue has it`);
}

function checkNoRoute(exchange: Exchange, isKnownPath: boolean): void {
  const { code } = exchange.answered as { code?: string };
  const expected = isKnownPath ? 'method_not_allowed' : 'not_found';
  if (code !== expected) throw complaint(exchange, `no route is there, and it is not refused ${expected}`);
}

function hold(exchange: Exchange, schema: object | undefined, value: unknown, what: string): void {
  if (!schema) throw complaint(exchange, `${what} is not in the document`);
  const judge = validators.get(schema) ?? compile(schema);
  validators.set(schema, judge);
  if (!judge(value))
    throw complaint(exchange, `${what} is not as documented: ${ajv.errorsText(judge.errors)}`);
}

function compile(schema: object): ValidateFunction {
  return ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"api#/components/')));
}

function complaint({ method, path, answered }: Exchange, because: string): Error {
  return new Error(`${method} ${path}: ${because}\n${JSON.stringify(answered)?.slice(0, 600)}`);
}
