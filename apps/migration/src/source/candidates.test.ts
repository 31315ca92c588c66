import { candidatesOf } from './candidates.ts';

const root = { uid: 0, home: '/root' };
const ann = { uid: 1000, home: '/home/ann' };

test.each([
  ['docker', ['/var/run/docker.sock', '/run/user/1000/docker.sock', '/home/ann/.docker/run/docker.sock']],
  ['podman', ['/run/podman/podman.sock', '/run/user/1000/podman/podman.sock']],
  ['colima', ['/home/ann/.colima/default/docker.sock']],
  ['orbstack', ['/home/ann/.orbstack/run/docker.sock', '/root/.orbstack/run/docker.sock']],
  ['docker-desktop', ['/home/ann/.docker/desktop/docker.sock']],
])('%s has usual places, each tried once', (kind, some) => {
  const found = candidatesOf(kind, '', [root, ann]);
  expect(found).toEqual(expect.arrayContaining(some));
  expect(new Set(found).size).toBe(found.length);
});

test('a path is its own kind, and a socket that is given the only one', () => {
  expect(candidatesOf('/x/y.sock', '', [root])).toEqual(['/x/y.sock']);
  expect(candidatesOf('podman', '/x/y.sock', [root, ann])).toEqual(['/x/y.sock']);
  expect(() => candidatesOf('podman', 'y.sock', [root])).toThrow('not the absolute path of a socket: y.sock');
  expect(() => candidatesOf('', '', [root])).toThrow('unknown source kind');
  expect(() => candidatesOf('toString', '', [root])).toThrow('unknown source kind');
});
