// What may be typed for one argument, in a few words.
import type { ArgumentDescriptor } from '../../protocol/descriptor.ts';

/** `integer, required, 1 to 500, default 50`. */
export function argumentNote(argument: ArgumentDescriptor): string {
  const { type, required, sensitive, validation, default: preset } = argument;
  const notes: string[] = [type.replaceAll('_', ' '), required ? 'required' : 'optional'];
  const choices = validation?.enum ?? validation?.allowed;
  if (choices !== undefined)
    notes.push(`one of ${choices.map((choice) => JSON.stringify(choice)).join(' ')}`);
  if (validation?.min !== undefined) notes.push(`at least ${JSON.stringify(validation.min)}`);
  if (validation?.max !== undefined) notes.push(`at most ${JSON.stringify(validation.max)}`);
  if (preset !== undefined && sensitive !== true) notes.push(`default ${JSON.stringify(preset)}`);
  return notes.join(', ');
}
