import { parseChallenges } from './challenge.ts';

describe('challenges', () => {
  it.each([
    ['Basic realm="registry"', [{ scheme: 'basic', parameters: { realm: 'registry' } }]],
    [
      'Bearer realm="https://auth.example/token",service="a, b",scope="repository:x/y:pull,push"',
      [
        {
          scheme: 'bearer',
          parameters: { realm: 'https://auth.example/token', service: 'a, b', scope: 'repository:x/y:pull,push' },
        },
      ],
    ],
    [
      'Negotiate, Basic realm="a \\"quoted\\" one", Bearer realm=token',
      [
        { scheme: 'negotiate', parameters: {} },
        { scheme: 'basic', parameters: { realm: 'a "quoted" one' } },
        { scheme: 'bearer', parameters: { realm: 'token' } },
      ],
    ],
    ['', []],
    ['"nonsense', []],
  ])('%s', (header, challenges) => {
    expect(parseChallenges(header)).toEqual(challenges);
  });
});
