// Text for a store that knows no NUL. Output of a program may hold one, and what was stored must come back as
// it was: the NUL, and the sign that stands for it, are written as that sign and one letter.

const SIGN = '\uE000';
const NUL = '\u0000';

/** As it is stored; almost always the same text. */
export function writeText(text: string): string {
  if (!text.includes(NUL) && !text.includes(SIGN)) return text;
  return text.replaceAll(SIGN, `${SIGN}s`).replaceAll(NUL, `${SIGN}0`);
}

/** The text that `writeText` was given. */
export function readText(stored: string): string {
  if (!stored.includes(SIGN)) return stored;
  return stored.replaceAll(`${SIGN}0`, NUL).replaceAll(`${SIGN}s`, SIGN);
}
