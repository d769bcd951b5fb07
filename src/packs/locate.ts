// In which line of a file a fault stands. Looked up only once there is a fault, by reading the file again:
// nearly every file has none.
import { isMap, isScalar, isSeq, parseDocument, type Node } from 'yaml';
import { PackProblem } from './pack-problem.ts';

/** Calls `decode`; a PackProblem of this file that names no line yet is thrown with the line of its field. */
export function locating<Value>(bytes: Uint8Array, file: string, decode: () => Value): Value {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof PackProblem) || error.line !== null || error.file !== file) throw error;
    throw error.inLine(lineOfField(bytes, error.field));
  }
}

/** The line of a field such as `args[0].name`, or of the innermost mapping around it; null for no YAML. */
export function lineOfField(bytes: Uint8Array, field: string): number | null {
  const text = Buffer.from(bytes).toString('utf8');
  try {
    const { contents } = parseDocument(text, { uniqueKeys: false, prettyErrors: false });
    return contents?.range ? lineAt(text, offsetOfField(contents, field)) : null;
  } catch {
    return null;
  }
}

/** The line, from 1, in which the character at this offset stands. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}

function offsetOfField(root: Node, field: string): number {
  let node: unknown = root;
  let offset = root.range?.[0] ?? 0;
  let rest = field;
  while (rest !== '') {
    const step = isSeq(node) ? itemStep(node.items, rest) : isMap(node) ? pairStep(node.items, rest) : null;
    if (!step) return offset;
    ({ node, offset, rest } = step);
  }
  return offset;
}

interface Step {
  readonly node: unknown;
  readonly offset: number;
  readonly rest: string;
}

function itemStep(items: readonly unknown[], field: string): Step | null {
  const match = /^\[(\d+)\]\.?/.exec(field);
  const item = match && (items[Number(match[1])] as Node | null | undefined);
  if (!match || !item?.range) return null;
  return { node: item, offset: item.range[0], rest: field.slice(match[0].length) };
}

// Keys may hold dots themselves: the longest key that the field begins with is meant.
function pairStep(items: readonly { key: unknown; value: unknown }[], field: string): Step | null {
  let found: Step | null = null;
  for (const { key, value } of items) {
    if (!isScalar(key) || typeof key.value !== 'string' || !key.range) continue;
    const behind = field.slice(key.value.length);
    if (!field.startsWith(key.value) || !/^($|[.[])/.test(behind)) continue;
    if (found && found.rest.length <= behind.length) continue;
    found = { node: value, offset: key.range[0], rest: behind.replace(/^\./, '') };
  }
  return found;
}
