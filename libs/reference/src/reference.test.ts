import {
  familiarRepository,
  formatFamiliar,
  formatReference,
  parseReference,
  parseRepositoryAndTag,
} from './reference.ts';

const hex = 'a'.repeat(64);

describe('reference', () => {
  it.each([
    ['nginx', 'docker.io/library/nginx:latest', 'nginx:latest'],
    ['nginx:1.25', 'docker.io/library/nginx:1.25', 'nginx:1.25'],
    ['library/nginx', 'docker.io/library/nginx:latest', 'nginx:latest'],
    ['docker.io/nginx', 'docker.io/library/nginx:latest', 'nginx:latest'],
    ['index.docker.io/library/nginx', 'docker.io/library/nginx:latest', 'nginx:latest'],
    ['team/app', 'docker.io/team/app:latest', 'team/app:latest'],
    ['docker.io/team/app:v1', 'docker.io/team/app:v1', 'team/app:v1'],
    ['docker.io/library/a/b', 'docker.io/library/a/b:latest', 'library/a/b:latest'],
    ['localhost/app', 'localhost/app:latest', 'localhost/app:latest'],
    ['localhost:5000/app', 'localhost:5000/app:latest', 'localhost:5000/app:latest'],
    ['registry.example/a/b/c:t', 'registry.example/a/b/c:t', 'registry.example/a/b/c:t'],
    ['Registry.Example/app', 'Registry.Example/app:latest', 'Registry.Example/app:latest'],
    ['[::1]:5000/app', '[::1]:5000/app:latest', '[::1]:5000/app:latest'],
    ['[2001:db8::1]/app:x', '[2001:db8::1]/app:x', '[2001:db8::1]/app:x'],
    ['a__b/c--d/e.f_g', 'docker.io/a__b/c--d/e.f_g:latest', 'a__b/c--d/e.f_g:latest'],
    ['app:_T.a-G', 'docker.io/library/app:_T.a-G', 'app:_T.a-G'],
    [`nginx@sha256:${hex}`, `docker.io/library/nginx@sha256:${hex}`, `nginx@sha256:${hex}`],
    [`nginx:1@sha256:${hex}`, `docker.io/library/nginx@sha256:${hex}`, `nginx@sha256:${hex}`],
    [`localhost:5000/app:1@sha256:${hex}`, `localhost:5000/app@sha256:${hex}`, `localhost:5000/app@sha256:${hex}`],
    [hex.slice(1), `docker.io/library/${hex.slice(1)}:latest`, `${hex.slice(1)}:latest`],
    [`localhost/${hex}`, `localhost/${hex}:latest`, `localhost/${hex}:latest`],
  ])('%s is %s', (text, full, familiar) => {
    const reference = parseReference(text);
    expect(formatReference(reference)).toBe(full);
    expect(formatFamiliar(reference)).toBe(familiar);
    expect(formatReference(parseReference(full))).toBe(full);
    expect(formatReference(parseReference(familiar))).toBe(full);
  });

  it.each([
    ['', 'the name is missing'],
    [':tag', 'the name is missing'],
    ['Nginx', 'a repository must be lower case'],
    ['Foo/bar', 'a repository must be lower case'],
    ['localhost/App', 'a repository must be lower case'],
    [hex, 'a name cannot be 64 hex characters'],
    ['a//b', 'is not a repository'],
    ['/a', 'is not a repository'],
    ['a/', 'is not a repository'],
    ['-a', 'is not a repository'],
    ['a.', 'is not a repository'],
    ['a..b', 'is not a repository'],
    ['a___b', 'is not a repository'],
    ['a b', 'is not a repository'],
    ['a\n', 'is not a repository'],
    ['ä', 'is not a repository'],
    ['localhost/', 'is not a repository'],
    ['a:', 'an empty string is not a tag'],
    ['a:-x', '-x is not a tag'],
    [`a:${'x'.repeat(129)}`, 'is not a tag'],
    ['a:b:c', 'is not a repository'],
    ['a@', ' is not a sha256 digest'],
    ['a@sha256:abc', 'sha256:abc is not a sha256 digest'],
    [`a@md5:${hex}`, 'is not a sha256 digest'],
    [`a@sha256:${hex.toUpperCase()}`, 'is not a sha256 digest'],
    ['-bad.host/a', 'is not a registry'],
    ['host:port/a', 'is not a registry'],
    ['../etc/passwd', 'is not a registry'],
    [`localhost/${'a/'.repeat(130)}a`, 'the name is longer than 255 characters'],
  ])('refuses %j', (text, why) => {
    expect(() => parseReference(text)).toThrow(why);
  });

  it('takes a repository and a tag apart', () => {
    expect(formatReference(parseRepositoryAndTag('localhost:5000/app', ''))).toBe('localhost:5000/app:latest');
    expect(formatReference(parseRepositoryAndTag('app', '2'))).toBe('docker.io/library/app:2');
    expect(() => parseRepositoryAndTag('app:1', '2')).toThrow('a repository has no tag');
    expect(() => parseRepositoryAndTag('app', 'a b')).toThrow('invalid tag: a b');
    expect(familiarRepository(parseReference('docker.io/library/app:2'))).toBe('app');
  });
});
