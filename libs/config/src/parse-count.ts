/** A positive whole number; throws, naming the variable, on anything else. */
export function parseCount(name: string, text: string): number {
  const count = Number(text);
  if (/^[0-9]+$/.test(text) && count > 0 && Number.isSafeInteger(count)) return count;
  throw new Error(`${name}: not a positive number: ${text}`);
}
