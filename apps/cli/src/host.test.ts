import { formatEndpoint, parseHost } from './host.ts';

describe('parseHost', () => {
  it.each([
    ['unix:///run/a.sock', 'unix:///run/a.sock'],
    ['unix:/run/a.sock', 'unix:///run/a.sock'],
    ['tcp://engine:7000', 'tcp://engine:7000'],
    ['[::1]:7000', 'tcp://[::1]:7000'],
  ])('reads %s', (text, expected) => {
    expect(formatEndpoint(parseHost(text))).toBe(expected);
  });

  it.each(['unix://relative', 'tcp://engine', 'tcp://engine:0', 'tcp://engine:99999', 'ssh://engine', 'http://a:1'])(
    'refuses %s',
    (text) => {
      expect(() => parseHost(text)).toThrow(`cannot read host ${text}`);
    },
  );
});
