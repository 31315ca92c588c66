/** What every run has taken, by peer, of one kind of work. */
export interface Measurement {
  readonly work: string;
  /** Of the figures; milliseconds when not given. */
  readonly unit?: 'ms' | 'MiB';
  readonly runs: ReadonlyMap<string, readonly number[]>;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? (sorted[middle] ?? NaN) : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

/** So large a share of the values is below it. */
export function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? NaN;
}

/**
 * Markdown: a row a kind of work, a column a peer, each with median, range and
 * the ratio arcbox/peer (below 1: arcbox is quicker).
 */
export function formatTable(measurements: readonly Measurement[], peers: readonly string[]): string {
  const rows = measurements.map(({ work, unit = 'ms', runs }) => {
    const own = median(runs.get('arcbox') ?? []);
    return [work, ...peers.map((peer) => formatCell(runs.get(peer) ?? [], unit, peer === 'arcbox' ? undefined : own))];
  });
  return [['work', ...peers], ['---', ...peers.map(() => '---')], ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function formatCell(values: readonly number[], unit: 'ms' | 'MiB', own: number | undefined): string {
  const format = unit === 'ms' ? formatTime : formatMemory;
  if (values.length === 0) return '–';
  const middle = median(values);
  const range = values.length === 1 ? '' : ` (${format(Math.min(...values))}–${format(Math.max(...values))})`;
  const ratio = own === undefined || Number.isNaN(own) ? '' : `, ratio ${(own / middle).toFixed(2)}`;
  return `${format(middle)}${range}${ratio}`;
}

function formatTime(milliseconds: number): string {
  if (milliseconds >= 10_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  return `${milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms`;
}

const formatMemory = (mebibytes: number): string => `${mebibytes < 10 ? mebibytes.toFixed(1) : Math.round(mebibytes)} MiB`;
