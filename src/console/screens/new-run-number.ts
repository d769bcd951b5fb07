// Numbers as they were typed: compared digit by digit, never through a double.

interface Decimal {
  readonly units: bigint;
  /** Digits behind the point that `units` counts in. */
  readonly scale: number;
}

const literal = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,4}))?$/;
const SCALE_MAX = 2000;

function decimalOf(text: string): Decimal | null {
  const match = literal.exec(text);
  if (match === null) return null;
  const [, sign = '', whole = '0', fraction = '', exponent = '0'] = match;
  const scale = fraction.length - Number(exponent);
  if (Math.abs(scale) > SCALE_MAX) return null;
  const units = BigInt(`${sign}${whole}${fraction}`);
  return scale >= 0 ? { units, scale } : { units: units * 10n ** BigInt(-scale), scale: 0 };
}

/** Negative, zero or positive as `a` is below, at or above `b`; null when one of them is no number. */
export function compareNumbers(a: string, b: string): number | null {
  const [left, right] = [decimalOf(a), decimalOf(b)];
  if (left === null || right === null) return null;
  const scale = Math.max(left.scale, right.scale);
  const difference =
    left.units * 10n ** BigInt(scale - left.scale) - right.units * 10n ** BigInt(scale - right.scale);
  return difference === 0n ? 0 : difference < 0n ? -1 : 1;
}

/** A JSON number literal of what was typed (`+7` and `007` are 7), or null. */
export function numberTyped(text: string, isWhole: boolean): string | null {
  const match = /^([+-]?)0*(\d+)(\.\d+)?([eE][+-]?\d{1,4})?$/.exec(text.trim());
  if (match === null) return null;
  const [, sign = '', whole = '', fraction = '', exponent = ''] = match;
  if (isWhole && (fraction !== '' || exponent !== '')) return null;
  return `${sign === '-' ? '-' : ''}${whole}${fraction}${exponent}`;
}

const unitNs: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

/** Nanoseconds of `1h30m`, `500ms`, `1.5s` or `0`; null for anything else. */
export function durationNs(text: string): bigint | null {
  if (text === '0') return 0n;
  if (!/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/.test(text) || text.length > 64) return null;
  let total = 0n;
  for (const [, whole = '0', fraction = '', unit = 's'] of text.matchAll(
    /(\d+)(?:\.(\d+))?(ns|us|µs|ms|s|m|h)/g,
  )) {
    const scale = unitNs[unit] ?? 0n;
    total +=
      BigInt(whole) * scale +
      (BigInt(fraction === '' ? '0' : fraction) * scale) / 10n ** BigInt(fraction.length);
  }
  return total;
}
