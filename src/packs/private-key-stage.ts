// Private keys between their BEGIN and END lines. An unterminated key stays hidden to the end of the output.
import { longestHeldLine, type RedactionStage } from './redaction-stage.ts';

const replacement = '[REDACTED_PRIVATE_KEY]';
// BEGIN, a label of at most 64 characters, dashes.
const longestMarker = 5 + 6 + 64 + 5;

/** `private-key-block` takes labels that end in PRIVATE KEY, `pgp-private-key-block` the one of PGP. */
export function createPrivateKeyStage(rule: 'private-key-block' | 'pgp-private-key-block'): RedactionStage {
  const label = rule === 'private-key-block' ? '[A-Z ]{0,53}PRIVATE KEY' : 'PGP PRIVATE KEY BLOCK';
  return new PrivateKeyStage(new RegExp(`-----BEGIN (${label})-----`));
}

class PrivateKeyStage implements RedactionStage {
  count = 0;
  readonly #begin: RegExp;
  #pending = '';
  #endMarker = '';

  constructor(begin: RegExp) {
    this.#begin = begin;
  }

  push(text: string): string {
    this.#pending += text;
    let passed = '';
    for (;;) {
      if (this.#endMarker !== '' && !this.#leaveKey()) return passed;
      const begin = this.#begin.exec(this.#pending);
      if (!begin) return passed + this.#take(this.#safeLength());
      passed += this.#take(begin.index) + replacement;
      this.#take(begin[0].length);
      this.#endMarker = `-----END ${begin[1]}-----`;
      this.count += 1;
    }
  }

  end(): string {
    const rest = this.#endMarker === '' ? this.#pending : '';
    this.#pending = '';
    return rest;
  }

  #leaveKey(): boolean {
    const end = this.#pending.indexOf(this.#endMarker);
    if (end < 0) {
      this.#take(Math.max(0, this.#pending.length - this.#endMarker.length + 1));
      return false;
    }
    this.#take(end + this.#endMarker.length);
    this.#endMarker = '';
    return true;
  }

  #safeLength(): number {
    const lineEnd = this.#pending.lastIndexOf('\n') + 1;
    if (lineEnd > 0 || this.#pending.length <= longestHeldLine) return lineEnd;
    const length = this.#pending.length - longestMarker;
    return (this.#pending.codePointAt(length - 1) ?? 0) > 0xffff ? length - 1 : length;
  }

  #take(length: number): string {
    const taken = this.#pending.slice(0, length);
    this.#pending = this.#pending.slice(length);
    return taken;
  }
}
