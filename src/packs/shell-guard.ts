// Program text handed to a shell may hold only arguments whose values cannot be program text themselves.
import type { ArgumentSpec } from './argument-spec.ts';
import type { ActionCommand } from './execution-section.ts';
import { templateReferences, type Template } from './template.ts';

const shells = new Set(['/bin/sh', 'sh', 'bash', 'dash', 'ash', 'ksh', 'zsh', 'busybox']);

export interface ShellTextFault {
  readonly argvIndex: number;
  readonly argument: string;
}

/** The first unbounded argument inside the program text of `sh -c`, or null. */
export function shellTextFault(
  command: ActionCommand,
  specs: readonly ArgumentSpec[],
): ShellTextFault | null {
  if (command.kind !== 'exec' || !shells.has(command.binary)) return null;
  const textIndex = programTextIndex(command.argv);
  const text = textIndex === null ? undefined : command.argv[textIndex];
  if (textIndex === null || !text) return null;
  for (const reference of templateReferences(text)) {
    const spec = specs.find((candidate) => candidate.name === reference.name);
    if (!spec || !isBounded(spec)) return { argvIndex: textIndex, argument: reference.name };
  }
  return null;
}

function programTextIndex(argv: readonly Template[]): number | null {
  for (const [index, template] of argv.entries()) {
    const lead = typeof template[0] === 'string' ? template[0] : '';
    if (lead === '--' && template.length === 1) return null;
    const literal = template.filter((part) => typeof part === 'string').join('');
    // `-ec`, `-{{ args.flags }}c`: one dash and a c anywhere in the token.
    if (/^-[^-]/.test(lead + (template.length > 1 ? '?' : '')) && literal.includes('c')) return index + 1;
  }
  return null;
}

function isBounded(spec: ArgumentSpec): boolean {
  const rules = spec.validation;
  if (spec.type === 'string_array' || spec.type === 'integer_array') return false;
  if (rules.enum || rules.allowed || spec.type === 'boolean' || spec.type === 'duration') return true;
  const isNumeric = spec.type === 'integer' || spec.type === 'number';
  return isNumeric && rules.min !== undefined && rules.max !== undefined;
}
