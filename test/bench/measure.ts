// What a benchmark says, one line a measure, and how the lines are printed.

export interface Measure {
  readonly measure: string;
  readonly value: number;
  readonly unit: string;
  /** What ran beside it in the same run, and its figure in the same unit; null where nothing compares. */
  readonly reference: { what: string; value: number } | null;
  /** The promise, in words. */
  readonly goal: string;
  readonly met: boolean;
}

export interface Benchmark {
  readonly name: string;
  readonly about: string;
  run(): Promise<Measure[]>;
}

/** The value below which `share` (0 to 1) of the samples lie. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

export function median(samples: readonly number[]): number {
  return percentile(samples, 0.5);
}

export function ratioOf({ value, reference }: Measure): number | null {
  return reference === null || reference.value === 0 ? null : round(value / reference.value);
}

/** One JSON object, stable keys. */
export function jsonLine(measure: Measure): string {
  const { measure: name, value, unit, reference, goal, met } = measure;
  const beside = reference && { what: reference.what, value: round(reference.value) };
  return JSON.stringify({
    measure: name,
    value: round(value),
    unit,
    reference: beside,
    ratio: ratioOf(measure),
    goal,
    met,
  });
}

/** Columns for a person. */
export function table(measures: readonly Measure[]): string {
  const rows = measures.map((each) => [
    each.met ? '✓' : '✗',
    each.measure,
    `${round(each.value)} ${each.unit}`,
    each.reference === null ? '—' : `${round(each.reference.value)} ${each.unit} (${each.reference.what})`,
    ratioOf(each)?.toString() ?? '—',
    each.goal,
  ]);
  const all = [['', 'MEASURE', 'VALUE', 'REFERENCE', 'RATIO', 'GOAL'], ...rows];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? [];
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}
