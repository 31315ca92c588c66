/** In the engine, not yet in the types of the language. */
const json = JSON as typeof JSON & { rawJSON(text: string): unknown };

/** JSON for the runtime: numbers that JavaScript cannot hold, like all 64 bits set, are bigints here and stand in it as they are. */
export function exactJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? json.rawJSON(String(part)) : part));
}
