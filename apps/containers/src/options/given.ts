/** Whether any field of a group of options differs from its default: nothing, empty, 0 and false. */
export function isGiven(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === 'object' && value !== null) return Object.values(value).some(isGiven);
  return value !== undefined && value !== null && value !== '' && value !== false && value !== 0 && value !== 0n;
}
