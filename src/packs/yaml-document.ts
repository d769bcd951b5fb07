// One strict YAML document as exact values: no second document, no duplicate keys, no foreign tags.
import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  parseAllDocuments,
  type Document,
  type Node,
  type Scalar,
  type Alias,
} from 'yaml';
import { ExactNumber, type ExactJson } from './exact-json.ts';
import { lineAt } from './locate.ts';
import { PackProblem } from './pack-problem.ts';

const maxBytes = 1024 * 1024;
const maxNodes = 50_000;
const maxAliases = 256;
const maxDepth = 64;
const jsonNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

interface Walk {
  readonly file: string;
  readonly text: string;
  readonly document: Document;
  nodes: number;
  aliases: number;
}

/** Reads the one YAML document of a file; throws PackProblem with the rule `yaml`. */
export function decodeYaml(bytes: Uint8Array, file: string): ExactJson {
  const text = decodeText(bytes, file);
  const document = theOnlyDocument(text, file);
  const fault = document.errors[0] ?? document.warnings[0];
  if (fault) throw yamlProblem(file, firstLine(fault.message), lineAt(text, fault.pos[0]));
  if (!document.contents || isEmptyScalar(document.contents)) throw yamlProblem(file, 'the file is empty');
  return exactValue(document.contents as Node, { file, text, document, nodes: 0, aliases: 0 }, 0);
}

function decodeText(bytes: Uint8Array, file: string): string {
  if (bytes.byteLength > maxBytes) throw yamlProblem(file, `the file is larger than ${maxBytes} bytes`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw yamlProblem(file, 'the file is not valid UTF-8');
  }
}

function theOnlyDocument(text: string, file: string): Document {
  let documents: readonly Document[];
  try {
    // Duplicate keys are found below: the parser's own search takes the square of a mapping's size.
    const parsed = parseAllDocuments(text, {
      uniqueKeys: false,
      strict: true,
      intAsBigInt: true,
      prettyErrors: true,
    });
    documents = Array.isArray(parsed) ? (parsed as Document[]) : [];
  } catch (error) {
    // The parser recurses: a file of ten thousand brackets ends here, as a fault of the file.
    throw yamlProblem(
      file,
      `cannot be read: ${firstLine(error instanceof Error ? error.message : String(error))}`,
    );
  }
  const [first, second] = documents;
  if (!first) throw yamlProblem(file, 'the file is empty');
  if (second) {
    const line = lineAt(text, second.range?.[0] ?? 0);
    throw yamlProblem(file, 'the file holds more than one document', line);
  }
  return first;
}

function isEmptyScalar(node: unknown): boolean {
  return isScalar(node) && node.value === null && (node.source ?? '') === '';
}

function exactValue(node: Node | null | undefined, walk: Walk, depth: number): ExactJson {
  walk.nodes += 1;
  if (walk.nodes > maxNodes) throw yamlProblem(walk.file, `the file holds more than ${maxNodes} values`);
  if (depth > maxDepth) throw nodeProblem(walk, node, `nested deeper than ${maxDepth} levels`);
  if (!node) return null;
  if (isAlias(node)) return exactValue(followAlias(node, walk), walk, depth + 1);
  if (isSeq(node)) return node.items.map((entry) => exactValue(entry as Node, walk, depth + 1));
  if (isMap(node)) return exactMap(node, walk, depth);
  if (isScalar(node)) return exactScalar(node, walk);
  throw nodeProblem(walk, node, 'holds a value of an unknown kind');
}

// Each look-up walks the whole document, so a file of nothing but aliases would take its square.
function followAlias(alias: Alias, walk: Walk): Node | undefined {
  walk.aliases += 1;
  if (walk.aliases > maxAliases)
    throw yamlProblem(walk.file, `the file holds more than ${maxAliases} aliases`);
  return alias.resolve(walk.document);
}

function exactMap(node: { items: readonly unknown[] }, walk: Walk, depth: number): ExactJson {
  const object: Record<string, ExactJson> = Object.create(null) as Record<string, ExactJson>;
  for (const pair of node.items as readonly { key: unknown; value: unknown }[]) {
    if (!isScalar(pair.key) || typeof pair.key.value !== 'string') {
      throw nodeProblem(walk, pair.key, 'every key of a mapping must be a string');
    }
    if (Object.hasOwn(object, pair.key.value))
      throw nodeProblem(walk, pair.key, `the key ${printableKey(pair.key.value)} stands twice`);
    object[pair.key.value] = exactValue(pair.value as Node | null, walk, depth + 1);
  }
  return object;
}

function exactScalar(node: Scalar, walk: Walk): ExactJson {
  const { value } = node;
  if (value === null || value === undefined) return null;
  if (typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return new ExactNumber(value.toString());
  if (typeof value === 'number') return exactFloat(value, node, walk);
  if (typeof value !== 'string') throw nodeProblem(walk, node, 'holds a value of an unknown kind');
  if (!value.isWellFormed()) throw nodeProblem(walk, node, 'holds half of a surrogate pair');
  return value;
}

function exactFloat(value: number, node: Scalar, walk: Walk): ExactNumber {
  const source = node.source ?? '';
  if (jsonNumber.test(source)) return new ExactNumber(source);
  if (!Number.isFinite(value)) throw nodeProblem(walk, node, 'numbers must be finite');
  return new ExactNumber(Object.is(value, -0) ? '-0' : String(value));
}

function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, '').slice(0, 200);
}

function yamlProblem(file: string, sentence: string, line: number | null = null): PackProblem {
  return new PackProblem(file, '', 'yaml', sentence, line);
}

function nodeProblem(walk: Walk, node: unknown, sentence: string): PackProblem {
  const offset = isNode(node) ? node.range?.[0] : undefined;
  return yamlProblem(walk.file, sentence, offset === undefined ? null : lineAt(walk.text, offset));
}

/** A key of a foreign file as it may stand in a message: only plain characters, and not many. */
export function printableKey(key: string): string {
  return key.slice(0, 80).replace(/[^ -~]/g, '?');
}
