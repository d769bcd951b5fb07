// One advertised action, taken in at the door of the store: bounded, neutralised, and reduced to the contract
// that trust is about. Whether anybody trusts it is pack-trust's and packs.ts's business.
import { createHash } from 'node:crypto';
import { ActionDescriptor, canonicalText, contractOf } from '../../protocol/descriptor.ts';
import { neutraliseDeep } from '../../protocol/neutralise.ts';
import { decodeArgumentSpecs, type ArgumentSpec } from '../../packs/argument-spec.ts';
import { decodeExactJson, isExactObject, type ExactJson } from '../../packs/exact-json.ts';
import { Fields } from '../../packs/fields.ts';
import { compileOutputSchema, outputSchemaFault, type OutputCheck } from '../../packs/output-schema.ts';
import { isActionId } from '../../packs/text-rule.ts';

export const MAX_ACTIONS = 2_048;
const MAX_LIST_BYTES = 65_536;
const MAX_SCHEMA_BYTES = 8_192;
const MAX_SCHEMA_DEPTH = 16;
const MAX_SCHEMA_NODES = 512;

export interface Contract {
  digest: string;
  /** Canonical JSON of the descriptor without this host's availability. */
  text: string;
}

export interface AdvertisedAction {
  id: string;
  packId: string;
  available: boolean;
  missingExecutable: string | null;
  contract: Contract;
}

/** What a host offers of one pack; equal sets have equal digests. */
export interface ActionSet {
  digest: string;
  actions: readonly AdvertisedAction[];
}

export function actionSetOf(actions: readonly AdvertisedAction[]): ActionSet {
  const sorted = actions.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const text = JSON.stringify(
    sorted.map(({ id, contract, available, missingExecutable }) => [
      id,
      contract.digest,
      available,
      missingExecutable,
    ]),
  );
  return { digest: createHash('sha256').update(text).digest('hex'), actions: sorted };
}

/** The contract of a descriptor; equal contracts have equal digests, whatever the order of keys. */
export function contractOfDescriptor(descriptor: ActionDescriptor): Contract {
  const text = canonicalText(neutraliseDeep(contractOf(descriptor)));
  return { text, digest: createHash('sha256').update(text).digest('hex') };
}

/** The acceptable actions of an advertisement; a bad one is skipped, and so is a repeated id. */
export function readActions(
  advertised: readonly unknown[],
  packIds: ReadonlySet<string>,
): AdvertisedAction[] {
  const actions = new Map<string, AdvertisedAction>();
  for (const raw of advertised.slice(0, MAX_ACTIONS)) {
    const action = readAction(raw);
    if (action && packIds.has(action.packId) && !actions.has(action.id)) actions.set(action.id, action);
  }
  return [...actions.values()];
}

function readAction(raw: unknown): AdvertisedAction | null {
  const decoded = ActionDescriptor.safeParse(raw);
  if (!decoded.success) return null;
  const descriptor = decoded.data;
  if (!isActionId(descriptor.id) || !fits(descriptor)) return null;
  const available = descriptor.primary_executable_available;
  // A missing program of an available action says that the runner contradicts itself.
  if (available && descriptor.missing_executable !== undefined) return null;
  return {
    id: descriptor.id,
    packId: descriptor.pack_id,
    available,
    missingExecutable:
      descriptor.missing_executable === undefined ? null : neutraliseDeep(descriptor.missing_executable),
    contract: contractOfDescriptor(descriptor),
  };
}

function fits({ args, examples, side_effects, output_schema }: ActionDescriptor): boolean {
  const lists = [args, examples, side_effects];
  if (lists.some((list) => Buffer.byteLength(JSON.stringify(list)) > MAX_LIST_BYTES)) return false;
  if (output_schema === undefined) return true;
  return (
    Buffer.byteLength(JSON.stringify(output_schema)) <= MAX_SCHEMA_BYTES &&
    nodesOf(output_schema, 1) <= MAX_SCHEMA_NODES
  );
}

// Counts values; a nesting that is too deep counts as too many.
function nodesOf(value: unknown, depth: number): number {
  if (value === null || typeof value !== 'object') return 1;
  if (depth > MAX_SCHEMA_DEPTH) return MAX_SCHEMA_NODES + 1;
  let nodes = 1;
  for (const inner of Object.values(value)) nodes += nodesOf(inner, depth + 1);
  return nodes;
}

/** A stored contract as the API shows it; it stands for every host, so it counts as available. */
export function descriptorOf(contractText: string): ActionDescriptor {
  const contract = JSON.parse(contractText) as Omit<ActionDescriptor, 'primary_executable_available'>;
  return { ...contract, primary_executable_available: true } as ActionDescriptor;
}

const argumentKeys = new Set([
  'name',
  'type',
  'required',
  'sensitive',
  'default',
  'description',
  'validation',
]);

/** The declared arguments of a stored contract, with number literals as they were. Throws PackProblem. */
export function argumentsOf(contractText: string): ArgumentSpec[] {
  const contract = decodeExactJson(contractText);
  const args =
    isExactObject(contract) && Array.isArray(contract['args']) ? (contract['args'] as ExactJson[]) : [];
  // Another build may say more about an argument than this one understands.
  const known = args.map((arg) =>
    isExactObject(arg)
      ? Object.fromEntries(Object.entries(arg).filter(([key]) => argumentKeys.has(key)))
      : arg,
  );
  return decodeArgumentSpecs(new Fields({ args: known }, 'contract', '', ['args']));
}

/** How the structured output of a stored contract is judged; null when it promises none that can be judged. */
export function outputCheckOf(contractText: string): OutputCheck | null {
  const contract = decodeExactJson(contractText);
  const schema = isExactObject(contract) ? contract['output_schema'] : undefined;
  if (!isExactObject(schema) || outputSchemaFault(schema) !== null) return null;
  return compileOutputSchema(schema);
}
