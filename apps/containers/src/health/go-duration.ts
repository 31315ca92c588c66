/** Units of time below a minute, in nanoseconds. */
const units = [['s', 1e9], ['ms', 1e6], ['µs', 1e3], ['ns', 1]] as const;

/** Milliseconds as Go, and so Docker, writes a duration: `1m30s`, `1.5s`, `100ms`. */
export function goDuration(milliseconds: number): string {
  const nanoseconds = Math.round(milliseconds * 1e6);
  const minutes = Math.floor(nanoseconds / 60e9);
  const [unit, size] = units.find(([, least]) => nanoseconds >= least) ?? units[0];
  if (minutes === 0) return `${nanoseconds / size}${unit}`;
  const hours = minutes >= 60 ? `${Math.floor(minutes / 60)}h` : '';
  return `${hours}${minutes % 60}m${(nanoseconds - minutes * 60e9) / 1e9}s`;
}
