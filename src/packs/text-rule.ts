// What human text in a pack may hold, and the names of packs, actions and arguments.

// Go's notion of white space, which is not the one of \s.
const blanks = /[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/g;
const controls = /\p{Cc}/u;
const bidiControls = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
const segments = /^[a-z][a-z0-9_-]*(\.[a-z][a-z0-9_-]*)*$/;

/** Every run of white space becomes one space; none is left at either end. */
export function collapseText(text: string): string {
  return text.replace(blanks, ' ').replace(/^ | $/g, '');
}

/** Bytes of the text in UTF-8. */
export function utf8Length(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}

/** What is wrong with a human text of at most `maxBytes`, or null. The text is collapsed first. */
export function textFault(text: string, maxBytes: number): string | null {
  const collapsed = collapseText(text);
  if (collapsed === '') return 'must not be empty';
  if (!collapsed.isWellFormed()) return 'must be valid Unicode';
  if (utf8Length(collapsed) > maxBytes) return `must be at most ${maxBytes} bytes`;
  if (controls.test(collapsed)) return 'must not hold control characters';
  if (bidiControls.test(collapsed)) return 'must not hold characters that change the writing direction';
  return null;
}

/** The longest sentence-ended beginning within 512 bytes, or null: what stands for a missing summary. */
export function leadingSentence(collapsed: string): string | null {
  const match = /[.!?](?= |$)/.exec(collapsed);
  if (!match) return null;
  const sentence = collapsed.slice(0, match.index + 1);
  return utf8Length(sentence) <= 512 ? sentence : null;
}

/** `redis` or `acme.redis`: the id of a pack. */
export function isPackId(text: string): boolean {
  return text.length <= 128 && segments.test(text);
}

/** `linux.uptime`: the id of an action has at least two segments. */
export function isActionId(text: string): boolean {
  return isPackId(text) && text.includes('.');
}

export function isPackVersion(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9.+-]{0,63}$/.test(text);
}

/** Names of arguments and environment variables. */
export function isPlainName(text: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(text);
}
