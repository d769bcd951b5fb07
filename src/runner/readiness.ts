// Whether this host can put on record what it would run. While it cannot it says so and offers nothing, instead
// of taking run after run that must fail (pitfall C8).
import { neutralise } from '../protocol/neutralise.ts';

/** Something that must be writable before anything may run. */
export interface Keeper {
  /** Why it cannot be written now; null while it can. */
  readonly fault: string | null;
  /** Tries whether it can be written again. Never rejects. */
  repair(): Promise<void>;
}

/** What keeps this host from running anything, or null. */
export function hindranceOf(keepers: Readonly<Record<string, Keeper>>): string | null {
  for (const [name, { fault }] of Object.entries(keepers)) {
    if (fault !== null)
      return `the ${name} of this host cannot be written, so nothing is run here: ${neutralise(fault)}`;
  }
  return null;
}

export async function repairAll(keepers: Readonly<Record<string, Keeper>>): Promise<void> {
  for (const keeper of Object.values(keepers)) if (keeper.fault !== null) await keeper.repair();
}
