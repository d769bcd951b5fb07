// Durations as Go writes them, plus whole days and weeks in pack files. All values are whole nanoseconds.

const int64Max = 2n ** 63n - 1n;
const unitNs = new Map<string, bigint>([
  ['ns', 1n],
  ['us', 1_000n],
  ['µs', 1_000n],
  ['μs', 1_000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
]);
const daysNs = new Map<string, bigint>([
  ['d', 86_400_000_000_000n],
  ['w', 604_800_000_000_000n],
]);
const part = /(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/y;

/**
 * Nanoseconds of a Go duration such as `1h30m`, `-1.5s` or `0`; null when it is none or does not fit 64 bits.
 */
export function parseGoDuration(text: string): bigint | null {
  const sign = /^[+-]/.test(text) ? text[0] : '';
  const body = text.slice(sign === '' ? 0 : 1);
  if (body === '0') return 0n;
  if (body === '' || text.length > 256) return null;
  let total = 0n;
  part.lastIndex = 0;
  while (part.lastIndex < body.length) {
    const match = part.exec(body);
    const partNs = match && partNanoseconds(match[1] ?? '', match[2], match[3] ?? '');
    if (partNs === null || partNs === undefined) return null;
    total += partNs;
  }
  if (total > int64Max) return null;
  return sign === '-' ? -total : total;
}

function partNanoseconds(whole: string, fraction: string | undefined, unit: string): bigint | null {
  const scale = unitNs.get(unit);
  if (scale === undefined || (whole === '' && (fraction ?? '') === '')) return null;
  const digits = fraction ?? '';
  // Digits below one nanosecond are cut off, as in Go.
  return BigInt(whole || '0') * scale + (BigInt(digits || '0') * scale) / 10n ** BigInt(digits.length);
}

/** As parseGoDuration, and also one whole number of days or weeks (`7d`, `2w`); the empty text is 0. */
export function parsePackDuration(text: string): bigint | null {
  if (text === '') return 0n;
  const match = /^(\d{1,18})([dw])$/.exec(text);
  if (!match) return parseGoDuration(text);
  const total = BigInt(match[1] ?? '0') * (daysNs.get(match[2] ?? '') ?? 0n);
  return total > int64Max ? null : total;
}

/** Go's text of a duration: `5s`, `1m0s`, `24h0m0s`, `500ms`, `1.5s`, `0s`. */
export function formatGoDuration(durationNs: bigint): string {
  if (durationNs === 0n) return '0s';
  if (durationNs < 0n) return `-${formatGoDuration(-durationNs)}`;
  if (durationNs < 1_000n) return `${durationNs}ns`;
  if (durationNs < 1_000_000n) return `${withFraction(durationNs, 3)}µs`;
  if (durationNs < 1_000_000_000n) return `${withFraction(durationNs, 6)}ms`;
  const minutes = durationNs / 60_000_000_000n;
  const seconds = `${withFraction(durationNs % 60_000_000_000n, 9)}s`;
  if (minutes === 0n) return seconds;
  return minutes < 60n ? `${minutes}m${seconds}` : `${minutes / 60n}h${minutes % 60n}m${seconds}`;
}

function withFraction(value: bigint, places: number): string {
  const scale = 10n ** BigInt(places);
  const fraction = (value % scale).toString().padStart(places, '0').replace(/0+$/, '');
  return fraction === '' ? `${value / scale}` : `${value / scale}.${fraction}`;
}
