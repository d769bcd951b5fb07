// Templates of one action while it is read: every reference must name a declared argument.
import type { ArgumentSpec } from './argument-spec.ts';
import type { Fields } from './fields.ts';
import { parseTemplate, templateReferences, type Template } from './template.ts';

/** Reads templates against the arguments that an action declares. */
export class ArgumentTemplates {
  readonly #declared: ReadonlySet<string>;

  constructor(specs: readonly ArgumentSpec[]) {
    this.#declared = new Set(specs.map((spec) => spec.name));
  }

  list(fields: Fields, key: string): Template[] {
    return fields.strings(key).map((text, index) => this.one(fields, `${key}[${index}]`, text));
  }

  one(fields: Fields, key: string, text: string): Template {
    if (text.includes('\0')) throw fields.problem(key, 'template', 'must not hold a null character');
    const template = parseTemplate(text);
    if (typeof template === 'string') throw fields.problem(key, 'template', template);
    const stranger = templateReferences(template).find((part) => !this.#declared.has(part.name));
    if (stranger)
      throw fields.problem(key, 'template', `names the argument ${stranger.name}, which is not declared`);
    return template;
  }
}
