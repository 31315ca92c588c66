import type { Piece, StreamName } from './line.ts';
import { OutputJoiner } from './output-joiner.ts';

const piece = (stream: StreamName, text: string): Piece => ({ stream, time: 0n, bytes: Buffer.from(text) });

it('joins neighbours of one stream, in order, up to a size', () => {
  const joiner = new OutputJoiner();
  expect(joiner.take()).toBeUndefined();
  expect(joiner.push(piece('stdout', 'a\n'))).toBeUndefined();
  expect(joiner.push(piece('stdout', 'b\n'))).toBeUndefined();
  expect(joiner.push(piece('stderr', 'c\n'))).toEqual({ stream: 'stdout', bytes: Buffer.from('a\nb\n') });
  expect(joiner.take()).toEqual({ stream: 'stderr', bytes: Buffer.from('c\n') });
  expect(joiner.take()).toBeUndefined();
  expect(joiner.push(piece('stdout', 'x'.repeat(40_000)))).toBeUndefined();
  expect(joiner.push(piece('stdout', 'y'))?.bytes).toHaveLength(40_000);
});
