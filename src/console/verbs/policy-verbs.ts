// `emisar-console policy …`: the rules of the account, a group or a runner, and trying them out first.
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import type { Command } from 'commander';
import * as api from '../../protocol/api/policy.ts';
import { tryDecode } from '../../protocol/decode.ts';
import { PolicyRules } from '../../protocol/policy.ts';
import { risks } from '../../protocol/risk.ts';
import { UsageError } from './confirmation.ts';
import { readAll } from './verb-io.ts';
import { shownInstant } from './print.ts';
import { addVerb, type VerbContext, type VerbRunner } from './verb.ts';

interface ScopeOptions {
  readonly group?: string;
  readonly runner?: string;
}

interface EditOptions extends ScopeOptions {
  readonly file?: string;
  readonly expect?: string;
}

function withScope(command: Command): Command {
  return command
    .option('--group <group>', 'the rules of this group')
    .option('--runner <runner>', 'the rules of this runner, by name or id');
}

export function addPolicyVerbs(program: Command, runner: VerbRunner): void {
  const parent = program.command('policy').description('what may run, what waits for people, what is denied');
  addVerb<ScopeOptions>(parent, runner, {
    usage: 'show',
    summary: 'the rules of the account, or of a group or runner that has its own',
    examples: ['policy show', 'policy show --group web --json'],
    flags: withScope,
    run: async (context, options) => show(context, await read(context, options)),
  });
  addVerb<EditOptions>(parent, runner, {
    usage: 'edit',
    summary: 'replace rules by those of a file, JSON or YAML; warns of what cannot be meant',
    examples: [
      'policy edit --file rules.yaml --expect 3 --yes',
      'policy show --json | jq .rules | … | emisar-console policy edit --file - --group web --expect 0 --yes',
    ],
    flags: (command) =>
      withScope(command)
        .requiredOption('--file <file>', 'the rules; - for stdin')
        .option('--expect <version>', 'the version that you looked at; 0 where there are no rules yet'),
    run: edit,
  });
  addVerb<{ readonly file?: string }>(parent, runner, {
    usage: 'simulate',
    summary: 'what rules of a file would do to the actions that runners have; changes nothing',
    examples: ['policy simulate --file rules.yaml'],
    flags: (command) => command.requiredOption('--file <file>', 'the rules, JSON or YAML; - for stdin'),
    run: async (context, { file }) => simulate(context, await readRules(context, file ?? '-')),
  });
  addVerb(parent, runner, {
    usage: 'resolve <runner> <action>',
    summary: 'what policy says of one action on one runner, and by which rule',
    examples: ['policy resolve web-1 linux.systemctl_restart'],
    async run({ call, print }, _options, name, action) {
      const found = await call(api.resolvePolicy, { query: { runner: name ?? '', action: action ?? '' } });
      await print.record(found, [
        ['decision', found.decision],
        ['rule', found.rule],
        ['of', found.scope.kind === 'account' ? 'the account' : `${found.scope.kind} ${found.scope.name}`],
        ['version', found.version],
        ['risk', found.risk],
        ['people', `${found.min_approvals}${found.allow_self_approval ? '' : ', not who asked'}`],
      ]);
    },
  });
}

function read({ call }: VerbContext, { group, runner }: ScopeOptions): Promise<api.PolicyDocument> {
  if (group !== undefined && runner !== undefined)
    throw new UsageError('Cannot use --group and --runner together: rules are of one of them');
  if (group !== undefined) return call(api.getGroupPolicy, { params: { group } });
  return runner === undefined ? call(api.getPolicy) : call(api.getRunnerPolicy, { params: { runner } });
}

async function show({ print }: VerbContext, document: api.PolicyDocument): Promise<void> {
  const { rules, scope } = document;
  const whose = scope.kind === 'account' ? 'the account' : `${scope.kind} ${scope.name}`;
  await print.record(document, [
    ['of', whose],
    ['version', document.version],
    [
      'changed',
      document.updated_by === null ? null : `${shownInstant(document.updated_at)} by ${document.updated_by}`,
    ],
    ...(rules === null
      ? [
          [
            'rules',
            scope.kind === 'account' ? 'none that can be read: everything is denied' : 'none of its own',
          ] as const,
        ]
      : risks.map((risk) => [risk, rules.defaults[risk]] as const)),
    ...(rules?.overrides ?? []).map(
      ({ action, decision, name }) => [action, `${decision} (${name})`] as const,
    ),
    ...(rules === null
      ? []
      : [
          [
            'people',
            `${rules.approval.min_approvals}${rules.approval.allow_self_approval ? '' : ', not who asked'}`,
          ] as const,
        ]),
  ]);
}

async function edit(context: VerbContext, options: EditOptions): Promise<void> {
  const rules = await readRules(context, options.file ?? '-');
  const before = await read(context, options);
  const expected = options.expect === undefined ? before.version : Number(options.expect);
  if (!Number.isInteger(expected) || expected < 0)
    throw new UsageError('Cannot read --expect: it is a version');
  const { warnings } = await context.call(api.simulatePolicy, { body: { rules } });
  for (const { name, sentence } of warnings) context.remark(`${name}: ${sentence}`);
  const { scope } = before;
  const whose = scope.kind === 'account' ? 'the account' : `${scope.kind} ${scope.name}`;
  await context.confirm({ consequence: `The rules of ${whose} are replaced`, typedName: null });
  const body = { rules, expected_version: expected };
  const { group, runner } = options;
  const after =
    group !== undefined
      ? await context.call(api.putGroupPolicy, { params: { group }, body })
      : runner !== undefined
        ? await context.call(api.putRunnerPolicy, { params: { runner }, body })
        : await context.call(api.putPolicy, { body });
  await context.print.outcome(after, `The rules of ${whose} are at version ${after.version}`);
}

async function simulate({ call, print, remark }: VerbContext, rules: PolicyRules): Promise<void> {
  const answer = await call(api.simulatePolicy, { body: { rules } });
  type Line = (typeof answer.decisions)[number];
  await print.list(
    answer.decisions,
    [
      { title: 'DECISION', value: (line: Line) => line.decision },
      { title: 'ACTIONS', value: (line: Line) => line.count, alignRight: true },
      { title: 'SUCH AS', value: (line: Line) => line.examples.join(' ') },
    ],
    answer,
  );
  for (const { name, sentence } of answer.warnings) remark(`${name}: ${sentence}`);
}

async function readRules({ io }: VerbContext, file: string): Promise<PolicyRules> {
  let given: unknown;
  try {
    // JSON is YAML too.
    given = parse(file === '-' ? await readAll(io.stdin) : await readFile(file, 'utf8'));
  } catch (error) {
    throw new UsageError(
      `Cannot read ${file}: ${error instanceof Error ? error.message : 'it is not readable'}`,
    );
  }
  const decoded = tryDecode(PolicyRules, given);
  if (decoded.ok) return decoded.value;
  throw new UsageError(
    `Cannot use ${file}: ${decoded.path === '' ? 'the rules' : decoded.path} ${decoded.because}`,
  );
}
