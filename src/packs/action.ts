// One action file: identity, risk, arguments, how it runs and what becomes of its output.
import { decodeArgumentSpecs, type ArgumentSpec } from './argument-spec.ts';
import { ArgumentTemplates } from './argument-templates.ts';
import { checkArgument, validateArguments } from './arguments.ts';
import { coerceArgument } from './argument-coercion.ts';
import { isExactObject, type ExactJson, type ExactObject } from './exact-json.ts';
import { decodeExecution, type ActionExecution } from './execution-section.ts';
import { Fields } from './fields.ts';
import { locating } from './locate.ts';
import { decodeOutput, type ActionOutput } from './output-section.ts';
import { shellTextFault } from './shell-guard.ts';
import { collapseText, isActionId, leadingSentence, textFault, utf8Length } from './text-rule.ts';
import { decodeYaml } from './yaml-document.ts';

/** Lowest first. */
export const actionRisks = ['low', 'medium', 'high', 'critical'] as const;
export type ActionRisk = (typeof actionRisks)[number];

export interface Action {
  readonly id: string;
  readonly title: string;
  readonly summary?: string;
  readonly description: string;
  readonly kind: 'exec' | 'script';
  readonly risk: ActionRisk;
  readonly sideEffects: readonly string[];
  readonly searchTerms: readonly string[];
  readonly args: readonly ArgumentSpec[];
  readonly execution: ActionExecution;
  readonly output: ActionOutput;
  readonly examples: readonly ActionExample[];
}

export interface ActionExample {
  readonly title: string;
  readonly args: ExactObject;
}

const actionKeys = [
  'schema_version',
  'id',
  'title',
  'summary',
  'description',
  'kind',
  'risk',
  'side_effects',
  'search_terms',
  'args',
  'execution',
  'output',
  'examples',
];

/** Decodes one action file; `file` is the name used in messages. Throws PackProblem. */
export function decodeAction(bytes: Uint8Array, file: string): Action {
  return locating(bytes, file, () => decodeFields(new Fields(decodeYaml(bytes, file), file, '', actionKeys)));
}

function decodeFields(fields: Fields): Action {
  fields.schemaVersion();
  const id = fields.string('id');
  if (!isActionId(id)) {
    throw fields.problem(
      'id',
      'id',
      'must be at least two lower-case segments such as redis.ping, at most 128 bytes',
    );
  }
  const kind = fields.choice('kind', ['exec', 'script']);
  const args = decodeArgumentSpecs(fields);
  checkDeclaredValues(fields, args);
  const action: Action = {
    id,
    title: fields.text('title', 160),
    ...decodeProse(fields),
    kind,
    risk: fields.choice('risk', actionRisks),
    sideEffects: decodeSideEffects(fields),
    searchTerms: decodeSearchTerms(fields),
    args,
    execution: decodeExecution(fields, kind, new ArgumentTemplates(args)),
    output: decodeOutput(fields),
    examples: decodeExamples(fields, args),
  };
  checkShellText(fields, action);
  return action;
}

function decodeProse(fields: Fields): Pick<Action, 'summary' | 'description'> {
  const description = fields.text('description', 4096);
  if (fields.has('summary')) return { summary: fields.text('summary', 512), description };
  const collapsed = collapseText(description);
  if (utf8Length(collapsed) > 512 && leadingSentence(collapsed) === null) {
    throw fields.problem(
      'summary',
      'required',
      'is required when no sentence of the description ends within 512 bytes',
    );
  }
  return { description };
}

function decodeSideEffects(fields: Fields): string[] {
  const effects = fields.strings('side_effects');
  if (effects.length < 1 || effects.length > 16) {
    throw fields.problem('side_effects', 'range', 'must have 1 to 16 entries (use none)');
  }
  checkTexts(fields, 'side_effects', effects, 1024);
  return effects;
}

function decodeSearchTerms(fields: Fields): string[] {
  const terms = fields.strings('search_terms');
  if (terms.length > 16) throw fields.problem('search_terms', 'range', 'must have at most 16 entries');
  checkTexts(fields, 'search_terms', terms, 80);
  const folded = terms.map((term) => collapseText(term).toLowerCase());
  if (new Set(folded).size < folded.length)
    throw fields.problem('search_terms', 'unique', 'must not repeat a term');
  return terms;
}

function checkTexts(fields: Fields, key: string, texts: readonly string[], maxBytes: number): void {
  texts.forEach((text, index) => {
    const fault = textFault(text, maxBytes);
    if (fault !== null) throw fields.problem(`${key}[${index}]`, 'text', fault);
  });
}

function checkDeclaredValues(fields: Fields, specs: readonly ArgumentSpec[]): void {
  specs.forEach((spec, index) => {
    const { default: fallback, validation } = spec;
    for (const key of ['enum', 'allowed'] as const) {
      const misfit = validation[key]?.findIndex((candidate) => !fitsElement(spec, candidate)) ?? -1;
      if (misfit >= 0) {
        throw fields.problem(`args[${index}].validation.${key}[${misfit}]`, 'type', 'does not fit the type');
      }
    }
    const checked = fallback === undefined ? null : checkArgument(spec, fallback);
    if (checked && 'code' in checked)
      throw fields.problem(`args[${index}].default`, checked.code, checked.reason);
  });
}

function fitsElement(spec: ArgumentSpec, candidate: ExactJson): boolean {
  return !('reason' in coerceArgument(spec.type, spec.type.endsWith('_array') ? [candidate] : candidate));
}

function decodeExamples(fields: Fields, specs: readonly ArgumentSpec[]): ActionExample[] {
  const examples = fields.maps('examples', ['title', 'args']);
  if (examples.length > 16) throw fields.problem('examples', 'range', 'must have at most 16 entries');
  return examples.map((example) => {
    const args = example.value('args') ?? (Object.create(null) as ExactObject);
    if (!isExactObject(args)) throw example.problem('args', 'type', 'must be a mapping');
    const checked = validateArguments(specs, args);
    if (!checked.ok) throw example.problem('args', checked.code, checked.message);
    return { title: example.text('title', 160), args };
  });
}

function checkShellText(fields: Fields, action: Action): void {
  // The one action whose purpose is to run the text it is given, at the highest risk.
  if (action.id === 'shell.run_script' && action.risk === 'critical') return;
  const fault = shellTextFault(action.execution.command, action.args);
  if (!fault) return;
  throw fields.problem(
    `execution.command.argv[${fault.argvIndex}]`,
    'shell_text',
    `the argument ${fault.argument} would become program text of a shell`,
  );
}

/**
 * Arguments that carry a secret by their name but are not marked sensitive: worth a warning, never a fault.
 */
export function unmarkedSecretArguments(action: Action): string[] {
  const secretish = /token|password|passwd|secret|api_?key/i;
  return action.args.filter((spec) => !spec.sensitive && secretish.test(spec.name)).map((spec) => spec.name);
}
