import { collide } from './ports.ts';

describe('host addresses of a port', () => {
  it.each([
    ['', '', true],
    ['', '127.0.0.1', true],
    ['', '::1', true],
    ['0.0.0.0', '127.0.0.1', true],
    ['0.0.0.0', '::', false],
    ['0.0.0.0', '', true],
    ['127.0.0.1', '127.0.0.2', false],
    ['127.0.0.1', '::1', false],
    ['10.0.0.1', '10.0.0.1', true],
  ])('%j and %j collide: %s', (a, b, expected) => {
    expect(collide(a, b)).toBe(expected);
    expect(collide(b, a)).toBe(expected);
  });
});
