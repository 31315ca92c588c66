/** Whether an id, name or prefix of an id, as somebody wrote it, means this network. */
export function isSameNetwork(reference: string, { id, name }: { readonly id: string; readonly name: string }): boolean {
  const text = reference.replace(/^\//, '');
  return text === name || text === id || (/^[0-9a-f]+$/.test(text) && id.startsWith(text));
}
