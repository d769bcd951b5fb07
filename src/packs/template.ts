// `{{ args.NAME }}` in argv elements and environment values: reading once, rendering for each call. No shell,
// no functions, no operators.
import { ExactNumber } from './exact-json.ts';
import type { ArgumentValues, ArgumentValue } from './arguments.ts';

export interface TemplateReference {
  readonly name: string;
  /** Written `{{ args.NAME? }}`: the element may be left out. */
  readonly optional: boolean;
}

/** Text and references in the order written. */
export type Template = readonly (string | TemplateReference)[];
export type Rendering<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly because: string };

const expression = /^ *args\.([A-Za-z_][A-Za-z0-9_]*)(\?)? *$/;

/** Reads one template; a string result says what is wrong with it. */
export function parseTemplate(text: string): Template | string {
  const parts: (string | TemplateReference)[] = [];
  let at = 0;
  while (at < text.length) {
    const open = text.indexOf('{{', at);
    if (open < 0) break;
    const close = text.indexOf('}}', open + 2);
    if (close < 0) return 'has {{ without }}';
    const match = expression.exec(text.slice(open + 2, close));
    if (!match?.[1]) return 'may hold only {{ args.NAME }} or {{ args.NAME? }}';
    if (open > at) parts.push(text.slice(at, open));
    parts.push({ name: match[1], optional: match[2] === '?' });
    at = close + 2;
  }
  if (at < text.length || parts.length === 0) parts.push(text.slice(at));
  return parts;
}

/** Every reference in a template. */
export function templateReferences(template: Template): TemplateReference[] {
  return template.filter((part) => typeof part !== 'string');
}

/** The argv elements for one call: optional elements without a value are dropped, arrays expand. */
export function renderArgv(templates: readonly Template[], values: ArgumentValues): Rendering<string[]> {
  const argv: string[] = [];
  for (const template of templates) {
    const [only] = template;
    if (template.length === 1 && typeof only === 'object') {
      const expanded = expandAlone(only, values);
      if (!expanded.ok) return expanded;
      argv.push(...expanded.value);
      continue;
    }
    if (templateReferences(template).some((part) => part.optional && isEmpty(values.get(part.name))))
      continue;
    const text = renderText(template, values);
    if (!text.ok) return text;
    argv.push(text.value);
  }
  return { ok: true, value: argv };
}

/** One environment value: an optional reference without a value renders as nothing. */
export function renderEnvValue(template: Template, values: ArgumentValues): Rendering<string> {
  return renderText(template, values);
}

function expandAlone(reference: TemplateReference, values: ArgumentValues): Rendering<readonly string[]> {
  const value = values.get(reference.name);
  if (reference.optional && isEmpty(value)) return { ok: true, value: [] };
  if (Array.isArray(value))
    return { ok: true, value: (value as readonly (string | ExactNumber)[]).map(String) };
  const text = renderText([reference], values);
  return text.ok ? { ok: true, value: [text.value] } : text;
}

function renderText(template: Template, values: ArgumentValues): Rendering<string> {
  let text = '';
  for (const part of template) {
    if (typeof part === 'string') {
      text += part;
      continue;
    }
    const value = values.get(part.name);
    if (part.optional && isEmpty(value)) continue;
    if (value === undefined) return { ok: false, because: `argument ${part.name} has no value` };
    if (Array.isArray(value)) return { ok: false, because: `argument ${part.name} is a list inside text` };
    text += String(value as string | boolean | ExactNumber);
  }
  return { ok: true, value: text };
}

function isEmpty(value: ArgumentValue | undefined): boolean {
  return value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
}
