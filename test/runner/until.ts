// Waiting for a condition, with a deadline that fails loudly.
export async function until<Value>(
  read: () => Value | Promise<Value>,
  what: string,
  withinMs = 5_000,
): Promise<NonNullable<Value>> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const value = await read();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`still waiting for ${what} after ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
