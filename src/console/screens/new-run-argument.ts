// One argument of an action: how it is asked for, and what was typed as the value that is sent. The host and
// the control plane check it again; this only saves the round trip and says where the fault is.
import { RE2JS } from 're2js';
import type { ArgumentDescriptor } from '../../protocol/descriptor.ts';
import { numberLiteral, rawNumber } from '../../protocol/exact-json.ts';
import type { FormField } from '../components/form-edit.ts';
import { compareNumbers, durationNs, numberTyped } from './new-run-number.ts';

/** The value to send, that nothing is sent, or what is wrong. */
export type Typed = { readonly value: unknown } | { readonly absent: true } | { readonly error: string };

/** `integer, required, 1 to 500, default 50`. */
export function argumentNote(argument: ArgumentDescriptor): string {
  const { sensitive, validation, default: preset } = argument;
  const notes = [shortNote(argument)];
  const choices = validation?.enum ?? validation?.allowed;
  if (choices !== undefined) notes.push(`one of ${choices.map(scalarText).join(' ')}`);
  if (preset !== undefined && sensitive !== true) notes.push(`default ${scalarText(preset)}`);
  return notes.join(', ');
}

function shortNote({ type, required, validation = {} }: ArgumentDescriptor): string {
  const notes: string[] = [type.replace('_array', ' list')];
  if (required) notes.push('required');
  const { min, max, max_duration: longest, allowed_prefixes: prefixes } = validation;
  if (min !== undefined && max !== undefined) notes.push(`${scalarText(min)} to ${scalarText(max)}`);
  else if (min !== undefined) notes.push(`at least ${scalarText(min)}`);
  else if (max !== undefined) notes.push(`at most ${scalarText(max)}`);
  if (longest !== undefined) notes.push(`at most ${longest}`);
  if (prefixes !== undefined) notes.push(`under ${prefixes.join(' ')}`);
  return notes.join(', ');
}

function scalarText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(scalarText).join(', ');
  return numberLiteral(value) ?? JSON.stringify(value) ?? '';
}

function choicesOf({ type, validation, required }: ArgumentDescriptor): string[] | null {
  const listed = validation?.enum ?? validation?.allowed;
  const isList = type === 'string_array' || type === 'integer_array';
  const values =
    type === 'boolean' ? ['true', 'false'] : listed === undefined || isList ? null : listed.map(scalarText);
  if (values === null) return null;
  return required ? values : ['', ...values];
}

/** How the argument is asked for. `initial` is text as it would be typed. */
export function argumentField(argument: ArgumentDescriptor, initial: string): FormField {
  const choices = choicesOf(argument);
  const isSecret = argument.sensitive === true;
  const preset = argument.default === undefined || isSecret ? null : scalarText(argument.default);
  const list = argument.type.endsWith('_array') ? 'separated by commas' : null;
  return {
    name: argument.name,
    note: shortNote(argument),
    help: [argument.description, list]
      .filter((part) => part !== undefined && part !== null && part !== '')
      .join(' · '),
    kind: isSecret ? 'secret' : choices === null ? 'text' : 'choice',
    choices: choices ?? undefined,
    placeholder: preset === null ? (choices === null ? undefined : 'not set') : `${preset} by default`,
    initial: choices === null || choices.includes(initial) ? initial : (choices[0] ?? ''),
  };
}

/** A value of an earlier run as it would be typed; nothing for one that was masked. */
export function typedAgain(argument: ArgumentDescriptor, value: unknown): string {
  return argument.sensitive === true || value === undefined || value === null
    ? ''
    : scalarText(value).replaceAll(', ', ',');
}

export function argumentValue(argument: ArgumentDescriptor, text: string): Typed {
  if (text === '') return argument.required ? { error: 'is required' } : { absent: true };
  const { type } = argument;
  if (type !== 'string_array' && type !== 'integer_array') return elementValue(argument, text);
  const parts = text.split(',').map((part) => part.trim());
  const most = argument.validation?.max_items ?? 256;
  if (parts.length > most) return { error: `must have at most ${most} entries` };
  const values: unknown[] = [];
  for (const part of parts) {
    const typed = elementValue(argument, part);
    if ('error' in typed)
      return { error: parts.length === 1 ? typed.error : `entry ${values.length + 1}: ${typed.error}` };
    if ('value' in typed) values.push(typed.value);
  }
  return { value: values };
}

function elementValue(argument: ArgumentDescriptor, text: string): Typed {
  switch (argument.type) {
    case 'boolean':
      return text === 'true' || text === 'false'
        ? { value: text === 'true' }
        : { error: 'must be true or false' };
    case 'integer':
    case 'integer_array':
      return numberValue(argument, text, true);
    case 'number':
      return numberValue(argument, text, false);
    case 'duration':
      return durationValue(argument, text);
    case 'string':
    case 'path':
    case 'string_array':
      return textValue(argument, text);
  }
}

function numberValue(argument: ArgumentDescriptor, text: string, isWhole: boolean): Typed {
  const typed = numberTyped(text, isWhole);
  if (typed === null) return { error: isWhole ? 'must be a whole number' : 'must be a number' };
  const { min, max } = argument.validation ?? {};
  const [low, high] = [numberLiteral(min), numberLiteral(max)];
  if (low !== null && (compareNumbers(typed, low) ?? 0) < 0) return { error: `must be at least ${low}` };
  if (high !== null && (compareNumbers(typed, high) ?? 0) > 0) return { error: `must be at most ${high}` };
  const listed = candidates(argument);
  if (listed !== null && !listed.some((one) => compareNumbers(one, typed) === 0)) return notListed(listed);
  return { value: rawNumber(typed) };
}

function durationValue(argument: ArgumentDescriptor, text: string): Typed {
  const given = durationNs(text);
  if (given === null) return { error: 'must be a duration such as 5s, 10m or 1h30m' };
  const { min_duration: least, max_duration: most } = argument.validation ?? {};
  const [low, high] = [durationNs(least ?? ''), durationNs(most ?? '')];
  if (low !== null && given < low) return { error: `must be at least ${least}` };
  if (high !== null && given > high) return { error: `must be at most ${most}` };
  return { value: text };
}

function textValue(argument: ArgumentDescriptor, text: string): Typed {
  const { max_length: most = 32_768, pattern } = argument.validation ?? {};
  if (Buffer.byteLength(text) > most) return { error: `must be at most ${most} bytes` };
  const listed = candidates(argument);
  if (listed !== null && !listed.includes(text)) return notListed(listed);
  if (pattern !== undefined && pattern !== '' && !matches(pattern, text))
    return { error: `must match ${pattern}` };
  return { value: text };
}

function candidates({ validation }: ArgumentDescriptor): string[] | null {
  const listed = validation?.enum ?? validation?.allowed;
  return listed === undefined ? null : listed.map(scalarText);
}

function notListed(listed: readonly string[]): Typed {
  return { error: `must be one of ${listed.join(', ')}` };
}

/** A pattern that this build cannot read is left to the host. */
function matches(pattern: string, text: string): boolean {
  try {
    return RE2JS.compile(pattern).matcher(text).find();
  } catch {
    return true;
  }
}
