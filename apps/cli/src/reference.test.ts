import { formatReference, parseReference, splitTag } from './reference.ts';

describe('references', () => {
  it.each([
    ['nginx', 'docker.io/library/nginx:latest'],
    ['team/app:1', 'docker.io/team/app:1'],
    ['docker.io/nginx', 'docker.io/library/nginx:latest'],
    ['localhost/app', 'localhost/app:latest'],
    ['registry:5000/team/app', 'registry:5000/team/app:latest'],
    ['ghcr.io/a/b:2', 'ghcr.io/a/b:2'],
    ['nginx@sha256:00', 'docker.io/library/nginx@sha256:00'],
  ])('%s is %s', (short, full) => {
    expect(formatReference(parseReference(short))).toBe(full);
  });

  it('a port is no tag', () => {
    expect(splitTag('registry:5000/app')).toEqual({ repo: 'registry:5000/app', tag: '' });
    expect(splitTag('registry:5000/app:1')).toEqual({ repo: 'registry:5000/app', tag: '1' });
  });
});
