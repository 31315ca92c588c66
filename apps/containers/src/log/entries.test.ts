import { EntryJoiner } from './entries.ts';
import { PieceParser } from './line.ts';

const time = '2026-01-02T03:04:05.123456789+00:00';

/** Entries of a log file that arrives in pieces of `step` bytes. */
function read(text: string, step: number): string[] {
  const [parser, joiner] = [new PieceParser(), new EntryJoiner()];
  const bytes = Buffer.from(text, 'latin1');
  const entries = [];
  for (let at = 0; at < bytes.length; at += step) {
    entries.push(...joiner.push(parser.push(bytes.subarray(at, at + step))));
  }
  entries.push(...joiner.end());
  return entries.map((entry) => `${entry.stream} ${entry.bytes.toString('latin1')}`);
}

describe('a log file', () => {
  const text = `${time} stdout F one\n${time} stderr F \n${time} stdout P two \n${time} stderr P half\n${time} stdout F three\n`;

  it.each([1, 7, 1000])('reads the same in pieces of %i bytes', (step) => {
    expect(read(text, step)).toEqual(['stdout one\n', 'stderr \n', 'stdout two three\n', 'stderr half']);
  });

  it('keeps every byte', () => {
    const all = String.fromCharCode(...Array.from({ length: 256 }, (_, i) => i)).replace('\n', '');
    expect(read(`${time} stdout F ${all}\n`, 3)).toEqual([`stdout ${all}\n`]);
  });

  it('splits long lines', () => {
    const x = 'x'.repeat(10_000);
    const sizes = read(`${time} stdout P ${x}\n`.repeat(4) + `${time} stdout F end\n`, 4096).map((entry) => entry.length - 7);
    expect(sizes).toEqual([16_384, 16_384, 7236]);
  });

  it('has times to the nanosecond', () => {
    const [piece] = new PieceParser().push(Buffer.from(`${time} stdout F x\n`));
    expect(piece?.time).toBe(BigInt(Date.UTC(2026, 0, 2, 3, 4, 5)) * 1_000_000n + 123_456_789n);
  });

  it('may hold lines that are none', () => {
    expect(read(`garbage\n\n${time} stdin F x\n${time} stdout F y\n`, 5)).toEqual(['stdout y\n']);
  });
});
