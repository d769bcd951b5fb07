// The time and output bounds of one call: the declared default, or the call's own wish within the declared
// range.

export interface BoundedDefault {
  readonly value: number;
  /** Only when written in the file; a missing one equals the default. */
  readonly min?: number;
  readonly max?: number;
}

/**
 * The effective bound in the unit of the default. An override that is absent or not positive is ignored;
 * a bigint is accepted because the wire carries 64-bit nanoseconds.
 */
export function effectiveLimit(declared: BoundedDefault, override?: number | bigint | null): number {
  if (override === undefined || override === null || Number.isNaN(override) || override <= 0)
    return declared.value;
  const min = declared.min ?? declared.value;
  const max = declared.max ?? declared.value;
  return Math.min(Math.max(Number(override), min), max);
}
