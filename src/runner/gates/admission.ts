// Which actions this host admits at all, whatever the control plane says (SPEC GA2). Also decides what is
// advertised: an action that would be refused is not offered.
import { Refusal } from '../../protocol/errors.ts';
import { riskRank, type Risk } from '../../protocol/risk.ts';

export interface AdmissionRules {
  /** Shell globs over action ids; empty admits every id. */
  readonly allow: readonly string[];
  readonly deny: readonly string[];
  readonly maxRisk?: Risk;
}

export interface Admission {
  /** Why this id is not admitted, or null. Asked before the action is looked up. */
  idFault(actionId: string): string | null;
  /** Why this risk is not admitted, or null. */
  riskFault(risk: Risk): string | null;
}

/** Compiles the rules; a Refusal names a pattern that is empty or malformed. */
export function compileAdmission(rules: AdmissionRules): Admission {
  const allow = rules.allow.map((glob) => compileGlob(glob, 'admission.allow'));
  const deny = rules.deny.map((glob) => compileGlob(glob, 'admission.deny'));
  return {
    idFault(actionId) {
      if (allow.length > 0 && !allow.some((matches) => matches(actionId)))
        return 'is not in admission.allow of this host';
      return deny.some((matches) => matches(actionId)) ? 'is in admission.deny of this host' : null;
    },
    riskFault(risk) {
      if (rules.maxRisk === undefined || riskRank(risk) <= riskRank(rules.maxRisk)) return null;
      return `has the risk ${risk}, above admission.max_risk ${rules.maxRisk} of this host`;
    },
  };
}

/** True when the host would run this action: what the advertisement holds. */
export function isAdmitted(
  admission: Admission,
  action: { readonly id: string; readonly risk: Risk },
): boolean {
  return admission.idFault(action.id) === null && admission.riskFault(action.risk) === null;
}

/** A shell glob (`*`, `?`, `[a-z]`, `[^x]`, `\`) over action ids; `where` names the setting in a Refusal. */
export function compileGlob(glob: string, where: string): (text: string) => boolean {
  const source = glob === '' ? null : globSource(glob);
  if (source === null) {
    throw new Refusal(
      'invalid_request',
      `Cannot use ${where}: ${JSON.stringify(glob)} is not a pattern; write an id or a glob such as linux.*`,
    );
  }
  const pattern = new RegExp(`^${source}$`, 'su');
  return (text) => pattern.test(text);
}

const literal = (character: string): string => character.replace(/[\\^$.*+?()[\]{}|/-]/u, '\\$&');

function globSource(glob: string): string | null {
  const characters = [...glob];
  let source = '';
  let at = 0;
  while (at < characters.length) {
    const character = characters[at] ?? '';
    at += 1;
    if (character === '*') source += source.endsWith('.*') ? '' : '.*';
    else if (character === '?') source += '.';
    else if (character === '[') {
      const set = readSet(characters, at);
      if (!set) return null;
      source += set.source;
      at = set.next;
    } else if (character === '\\') {
      const escaped = characters[at];
      if (escaped === undefined) return null;
      source += literal(escaped);
      at += 1;
    } else source += literal(character);
  }
  return source;
}

function readSet(characters: readonly string[], start: number): { source: string; next: number } | null {
  let at = start;
  const negated = characters[at] === '^';
  if (negated) at += 1;
  let source = '';
  while (characters[at] !== ']' || source === '') {
    const low = readMember(characters, at);
    if (!low) return null;
    at = low.next;
    source += literal(low.character);
    if (characters[at] !== '-') continue;
    const high = readMember(characters, at + 1);
    if (!high || high.character < low.character) return null;
    at = high.next;
    source += `-${literal(high.character)}`;
  }
  return { source: `[${negated ? '^' : ''}${source}]`, next: at + 1 };
}

function readMember(characters: readonly string[], at: number): { character: string; next: number } | null {
  const isEscaped = characters[at] === '\\';
  const character = characters[isEscaped ? at + 1 : at];
  if (character === undefined || (!isEscaped && (character === '-' || character === ']'))) return null;
  return { character, next: at + (isEscaped ? 2 : 1) };
}
