// Counts, sizes and hashes in the few characters that a cell has.

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** `812 B`, `2.1 MiB`; `–` for none. */
export function bytes(count: number | null): string {
  if (count === null) return '–';
  let value = count;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit] ?? 'B'}`;
}

/** With separators: `10,000`. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** `1 runner`, `2 runners`. */
export function plural(value: number, one: string, many: string = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** Both ends of a hash: `sha256:9a6463de…fa959579`. */
export function shortHash(hash: string): string {
  const [algorithm, digits] = hash.includes(':') ? hash.split(':', 2) : ['', hash];
  if (digits === undefined || digits.length <= 17) return hash;
  return `${algorithm === '' ? '' : `${algorithm}:`}${digits.slice(0, 8)}…${digits.slice(-8)}`;
}

/** A hash in groups of eight digits, as people compare it. */
export function groupedHash(hash: string): string {
  const [algorithm, digits = ''] = hash.split(':', 2);
  return `${algorithm}:${digits.replace(/(.{8})(?=.)/g, '$1 ')}`;
}
