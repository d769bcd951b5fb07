// What the catalogue of refusals says of each code.

export interface RefusalEntry {
  readonly status: number;
  /** What happened, in general words; a thrower may say it more exactly. */
  readonly sentence: string;
  /** What to do about it. */
  readonly fix: string;
  /** The fault guide's id for the same thing (operator model C3), where it has one. */
  readonly fault?: string;
}
