/** Whether `1.10.2` comes before `1.9`: by its numbers from the left; what is missing counts as 0. */
export function isOlder(version: string, than: string): boolean {
  const [ours, theirs] = [version, than].map((text) => text.split('.').map(Number)) as [number[], number[]];
  for (let at = 0; at < Math.max(ours.length, theirs.length); at++) {
    const [a, b] = [ours[at] ?? 0, theirs[at] ?? 0];
    if (a !== b) return a < b;
  }
  return false;
}
