// Who may import whom, read from the import lines of src/. Every folder names what it may reach; whatever is
// not named is banned, for the reason beside it.
import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect, test } from 'vitest';

interface Rule {
  readonly may: readonly string[];
  readonly because: string;
}

const domains =
  'audit members tokens team grants policy packs runners actions enrollment runbooks approvals runs notices mcp'.split(
    ' ',
  );
const domainSeam = ['src/packs', 'src/cloud/clock.ts', 'src/cloud/repeat.ts', 'src/cloud/log.ts', 'src/cloud/meter.ts', 'src/cloud/database', 'src/cloud/http/bound-route.ts',
  'src/cloud/http/page-cursor.ts', 'src/cloud/event-stream/outbox.ts', 'src/cloud/gateway/session-handle.ts']; // prettier-ignore
const allDomains = domains.map((domain) => `src/cloud/${domain}`);
const runnerLeaves = [
  'src/packs',
  'src/doctor',
  'src/local-socket',
  'src/runner/clock.ts',
  'src/runner/config.ts',
  'src/runner/config-file.ts',
  'src/runner/log.ts',
];

/** The longest prefix that fits a file decides; src/protocol and the file's own folder are always open. */
const rules: Record<string, Rule> = {
  'src/protocol': { may: [], because: 'the words both ends speak know nobody' },
  'src/packs': { may: [], because: 'the pack format is the same on a host and in the cloud' },

  'src/doctor': { may: [], because: 'how a check-up is told knows no program' },
  'src/local-socket': { may: [], because: 'how two processes of one host exchange a line knows no program' },

  'src/runner': {
    may: ['src/packs', 'src/runner', 'package.json'],
    because: 'main and daemon wire the runner, and only it',
  },
  'src/runner/commands': {
    may: [
      ...runnerLeaves,
      'src/runner/host-engine.ts',
      ...below('runner', 'link execution gates journal host'),
    ],
    because: 'a command uses the parts of a runner; no part knows a command',
  },
  'src/runner/link': {
    may: [...runnerLeaves, ...below('runner', 'execution host')],
    because: 'the connection hands work on and knows no command',
  },
  'src/runner/execution': {
    may: [...runnerLeaves, ...below('runner', 'gates journal host')],
    because: 'an action runs the same with no connection',
  },
  'src/runner/gates': {
    may: [...runnerLeaves, ...below('runner', 'journal host')],
    because: 'whether something may run is decided before anything can run it',
  },
  'src/runner/journal': {
    may: [...runnerLeaves, 'src/runner/host'],
    because: 'what happened is written down by a part that can do nothing else',
  },
  'src/runner/host': {
    may: runnerLeaves,
    because: 'files and facts of a host are the ground everything stands on',
  },

  'src/cloud': {
    may: ['src/packs', 'src/doctor', 'src/local-socket', 'src/cloud', 'package.json'],
    because: 'main and cloud wire the control plane, and only it',
  },
  'src/cloud/database': { may: ['src/cloud/clock.ts'], because: 'the door to the engines knows no domain' },
  'src/cloud/event-stream': {
    may: ['src/cloud/clock.ts', 'src/cloud/log.ts', 'src/cloud/database', 'src/cloud/http/bound-route.ts'],
    because: 'the stream carries what domains hand it and asks none of them',
  },
  'src/cloud/gateway': {
    may: [...domainSeam, ...allDomains, 'src/cloud/http/refuse-upgrade.ts'],
    because: 'one frame becomes one call of a door; HTTP is its neighbour, not its tool',
  },
  'src/cloud/nodes': {
    may: [...domainSeam, ...allDomains, 'src/cloud/event-stream'],
    because: 'what other nodes say is handed to doors; the sockets come to it as an interface',
  },
  'src/cloud/http': {
    may: [
      ...domainSeam,
      ...allDomains,
      'src/cloud/gateway',
      'src/cloud/event-stream',
      'src/cloud/config.ts',
      'package.json',
    ],
    because: 'HTTP translates; what it translates to are doors',
  },
  ...Object.fromEntries(
    domains.map((domain, place) => [
      `src/cloud/${domain}`,
      {
        may: [...domainSeam, ...allDomains.slice(0, place)],
        because: `doors call leftward only (${domains.slice(0, place + 1).join(' ← ')}); to wake one on the right, publish an event`,
      },
    ]),
  ),

  'src/console': {
    may: ['src/console', 'package.json'],
    because: 'main and app wire the console, and only it',
  },
  'src/console/screens': {
    may: below('console', 'components theme format keymap store files'),
    because: 'a screen chooses rows and commands; calls are made by what main hands it',
  },
  'src/console/components': {
    may: below('console', 'theme format keymap'),
    because: 'props in, text out: no store, no client',
  },
  'src/console/keymap': { may: [], because: 'help is drawn from the bindings, which know no screen' },
  'src/console/theme': { may: [], because: 'a meaning has one glyph and one colour wherever it stands' },
  'src/console/format': { may: [], because: 'a value becomes text the same way everywhere' },
  'src/console/files': { may: [], because: 'a file is made the same way for a screen and for a verb' },
  'src/console/store': {
    may: ['src/console/format'],
    because: 'what a console knows does not depend on how it is shown or fetched',
  },
  'src/console/client': {
    may: ['src/console/store'],
    because: 'calls and events feed the store and draw nothing',
  },
  'src/console/terminal': {
    may: ['src/console/format'],
    because: 'the terminal must be given back whatever failed above it',
  },
  'src/console/verbs': {
    may: below('console', 'client store components theme format terminal files'),
    because: 'a verb does without a screen what a screen does',
  },
  'src/console/local': {
    may: below('console', 'client store verbs format terminal'),
    because: 'local starts the other programs as processes and never imports them',
  },
};

const files = globSync('src/**/*.{ts,tsx}').toSorted();
const imports = files.flatMap((file) => importsOf(file).map((target) => ({ file, target })));
const ours = imports
  .filter(({ target }) => target.startsWith('.'))
  .map(({ file, target }) => ({ file, target: join(dirname(file), target) }));

function below(program: string, folders: string): string[] {
  return folders.split(' ').map((folder) => `src/${program}/${folder}`);
}

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const lines = text.matchAll(
    /^import\s+(?:[^'"]*?\sfrom\s+)?'([^']+)'|^export\s+(?:type\s+)?[*{][^'"]*?\sfrom\s+'([^']+)'|\bimport\(\s*'([^']+)'/gm,
  );
  return [...lines].map((line) => line[1] ?? line[2] ?? line[3] ?? '');
}

function isIn(path: string, place: string): boolean {
  return path === place || path.startsWith(`${place}/`);
}

function ruleOf(file: string): [string, Rule] {
  const [place] = Object.keys(rules)
    .filter((prefix) => isIn(file, prefix))
    .toSorted((a, b) => b.length - a.length);
  const rule = rules[place ?? ''];
  if (!place || !rule)
    throw new Error(
      `${file}: this folder has no rule yet; say in test/architecture.test.ts what it may import`,
    );
  return [place, rule];
}

test('imports follow the map of dependencies', () => {
  const wrong = ours.flatMap(({ file, target }) => {
    const [place, rule] = ruleOf(file);
    const isOpen = isIn(target, 'src/protocol') || dirname(target) === dirname(file) || isIn(target, place);
    return isOpen || rule.may.some((allowed) => isIn(target, allowed))
      ? []
      : [`${file} imports ${target}, but ${rule.because}`];
  });
  expect(wrong).toEqual([]);
  expect(ours.length).toBeGreaterThan(100);
});

test('a folder of src has a rule of its own, so that a new one says what it is for', () => {
  const folders = new Set(
    files
      .map((file) => file.split('/').slice(0, 3))
      .filter(([, , last]) => !last?.includes('.'))
      .map((parts) => parts.join('/')),
  );
  const without = [...folders].filter(
    (folder) => !rules[folder] && !['src/protocol/api', 'src/cloud/commands'].includes(folder),
  );
  expect(without).toEqual([]);
});

test("a domain's SQL is its own: nobody else imports its store, only HTTP and the wiring its routes", () => {
  const wrong = ours.filter(({ file, target }) => {
    if (dirname(file) === dirname(target) || !allDomains.some((domain) => isIn(target, domain))) return false;
    const isWiring = dirname(file) === 'src/cloud' || isIn(file, 'src/cloud/http');
    return /(^|-)store\.ts$/.test(basename(target)) || (basename(target) === 'routes.ts' && !isWiring);
  });
  expect(wrong).toEqual([]);
});

test('protocol touches no file, socket, clock or chance, and of packages only zod', () => {
  const pureModules = ['zod', 'node:crypto', 'node:buffer'];
  const foreign = imports.filter(
    ({ file, target }) =>
      isIn(file, 'src/protocol') && !target.startsWith('.') && !pureModules.includes(target),
  );
  expect(foreign).toEqual([]);
});

test('rules are functions of their arguments: time and chance come in from the edge', () => {
  // Where the clock of a program is made, its parts are wired, or one is the default of an argument.
  const edges =
    /(^|\/)(clock|main|daemon|cloud|connect)\.tsx?$|^src\/console\/(local|terminal|components|client)\//;
  const wrong = files.filter(
    (file) =>
      !edges.test(file) && /\b(Date\.now|Math\.random|performance\.now)\b/.test(readFileSync(file, 'utf8')),
  );
  expect(wrong).toEqual([]);
});

test('files are named for their one export: no default exports, no index files, no folders for leftovers', () => {
  const leftovers =
    'utils helpers lib misc common shared core managers services controllers repositories models types interfaces constants enums hooks contexts providers __mocks__ fixtures'.split(
      ' ',
    );
  const everywhere = [...files, ...globSync('test/**/*.{ts,tsx}')];
  expect(everywhere.filter((file) => file.split('/').some((part) => leftovers.includes(part)))).toEqual([]);
  expect(everywhere.filter((file) => /^index\.tsx?$/.test(basename(file)))).toEqual([]);
  expect(files.filter((file) => /^export default\b/m.test(readFileSync(file, 'utf8')))).toEqual([]);
  expect(
    files.map((file) => basename(file)).filter((name) => !/^[a-z0-9]+(-[a-z0-9]+)*\.tsx?$/.test(name)),
  ).toEqual([]);
});

test('no program has another party built in: hosts come from configuration', () => {
  const sources = [...files, ...globSync('bin/*.js'), ...globSync('dist/*.js')];
  const named = sources.filter((file) =>
    /\bemisar\.(dev|com|io|app|sh|org|net|cloud)\b/i.test(readFileSync(file, 'utf8')),
  );
  expect(named).toEqual([]);
  // Bundles carry the links of their dependencies' messages, so addresses are looked for in our own text.
  const foreign = [...files, ...globSync('bin/*.js')].flatMap((file) =>
    foreignHosts(readFileSync(file, 'utf8')).map((host) => `${file}: ${host}`),
  );
  expect(foreign).toEqual([]);
  expect(globSync('dist/*.js').length).toBeGreaterThan(0);
});

/** Hosts in a text that are neither this machine, nor reserved for examples, nor the name of a JSON schema dialect. */
function foreignHosts(text: string): string[] {
  const own =
    /^(localhost|127\.[\d.]+|\[::1\]|json-schema\.org|([a-z0-9-]+\.)*(example|invalid|test)(\.(com|org|net))?)$/i;
  const hosts = [
    ...text.matchAll(/\b(?:https?|wss?):\/\/([a-z0-9[\]:.-]*[a-z0-9\]])/gi),
    ...text.matchAll(/\b((?:[a-z0-9-]+\.)+(?:com|org|net))\b/gi),
  ].map((match) => (match[1] ?? '').replace(/:\d+$/, ''));
  return hosts.filter((host) => !own.test(host));
}
