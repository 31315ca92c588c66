import { formatTable, shortId, truncate } from './table.ts';

describe('formatTable', () => {
  it('pads every column but the last by three, to ten at least', () => {
    expect(
      formatTable([
        ['A', 'LONG HEADER', 'C'],
        ['1', '2', '3'],
      ]),
    ).toBe('A         LONG HEADER   C\n1         2             3\n');
  });

  it('counts characters, not bytes', () => {
    expect(
      formatTable([
        ['naïve…🙂', 'x'],
        ['1234567', 'y'],
      ]),
    ).toBe('naïve…🙂   x\n1234567   y\n');
  });
});

it('truncate ends with an ellipsis only when something was cut', () => {
  expect([truncate('12345', 5), truncate('123456', 5)]).toEqual(['12345', '1234…']);
});

it('shortId drops the algorithm', () => {
  expect(shortId(`sha256:${'ab'.repeat(32)}`)).toBe('abababababab');
});
