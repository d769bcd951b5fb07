// Decimal numbers compared by their exact value, so that no bound is ever checked through a rounded double.

/**
 * `digits × 10^exponent`; zero is always `{ digits: 0n, exponent: 0n }` and digits never end in 0 otherwise.
 */
export interface Decimal {
  readonly digits: bigint;
  readonly exponent: bigint;
}

const numberText = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;
const int64Min = -(2n ** 63n);
const int64Max = 2n ** 63n - 1n;

/** Reads a decimal number text such as `-1.50e3`; null when it is not one. */
export function parseDecimal(text: string): Decimal | null {
  const match = numberText.exec(text);
  if (!match) return null;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  if (whole === '' && fraction === '') return null;
  const all = (whole + fraction).replace(/^0+/, '');
  const kept = all.replace(/0+$/, '');
  if (kept === '') return { digits: 0n, exponent: 0n };
  const magnitude = BigInt(kept);
  return {
    digits: sign === '-' ? -magnitude : magnitude,
    exponent: BigInt(exponent) - BigInt(fraction.length) + BigInt(all.length - kept.length),
  };
}

/** Negative, zero or positive as `a` is below, equal to or above `b`. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  const signA = signOf(a.digits);
  const signB = signOf(b.digits);
  if (signA !== signB) return signA - signB;
  if (signA === 0) return 0;
  return signA * compareMagnitudes(a, b);
}

function compareMagnitudes(a: Decimal, b: Decimal): number {
  const textA = absolute(a.digits).toString();
  const textB = absolute(b.digits).toString();
  // The place of the leading digit decides first: exponents such as 1e999999999 must never be written out.
  const leadA = BigInt(textA.length) + a.exponent;
  const leadB = BigInt(textB.length) + b.exponent;
  if (leadA !== leadB) return leadA < leadB ? -1 : 1;
  const width = Math.max(textA.length, textB.length);
  const paddedA = textA.padEnd(width, '0');
  const paddedB = textB.padEnd(width, '0');
  if (paddedA === paddedB) return 0;
  return paddedA < paddedB ? -1 : 1;
}

/** The value as a 64-bit signed integer, or null when it has a fraction or lies outside that range. */
export function int64Of(value: Decimal): bigint | null {
  if (value.exponent < 0n || value.exponent > 18n) return null;
  const whole = value.digits * 10n ** value.exponent;
  return whole < int64Min || whole > int64Max ? null : whole;
}

/** One text for each value: `15e-1` for 1.5 and 1.50 alike. */
export function canonicalDecimal(value: Decimal): string {
  return `${value.digits}e${value.exponent}`;
}

function signOf(value: bigint): number {
  if (value === 0n) return 0;
  return value < 0n ? -1 : 1;
}

function absolute(value: bigint): bigint {
  return value < 0n ? -value : value;
}
