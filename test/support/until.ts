// Waiting for what will be true, with a deadline: never a fixed sleep.

/** Polls `condition` until it gives something truthy; fails with `what` after `withinMs` of real time. */
export async function until<Value>(
  what: string,
  condition: () => Value | Promise<Value>,
  withinMs = 15_000,
): Promise<NonNullable<Value>> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`never came true within ${withinMs} ms: ${what}`);
    await new Promise<void>((resolve) => setTimeout(resolve, 5));
  }
}
