import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeRoot } from './programs.ts';
import type { Source } from './source.ts';

/** What the blog needs of the machine. */
export const needsOfBlog = ['redis-server', 'lighttpd'];

/** Adds what is posted and shows all posts; the database is found by name. */
const page = `#!/bin/sh
[ "$REQUEST_METHOD" = POST ] && redis-cli -h database RPUSH posts "$(head -c "$CONTENT_LENGTH")" >/dev/null
printf 'Content-Type: text/plain\\r\\n\\r\\n'
exec redis-cli -h database LRANGE posts 0 -1
`;

const configuration = `
server.document-root = "/srv"
server.port = 80
server.modules = ("mod_cgi")
cgi.assign = (".cgi" => "")
`;

const user = 700;

/** Images of a database and of a web server, of programs of Debian. */
export async function makeImages(source: Source, directory: string): Promise<void> {
  const [database, web] = [join(directory, 'database'), join(directory, 'web')];
  await makeRoot(database, '/usr/bin/redis-server');
  mkdirSync(join(database, 'data'));
  chownSync(join(database, 'data'), user, user);
  chmodSync(join(database, 'data'), 0o700);
  const serve = ['redis-server', '--dir', '/data', '--appendonly', 'yes', '--appendfsync', 'always', '--protected-mode', 'no'];
  await source.image('blog/database:1', database, `USER ${user}:${user}`, 'VOLUME /data', `CMD ${JSON.stringify(serve)}`);
  await makeRoot(web, '/usr/sbin/lighttpd', '/usr/lib/lighttpd/mod_cgi.so', '/usr/bin/redis-cli');
  mkdirSync(join(web, 'srv'));
  writeFileSync(join(web, 'srv/posts.cgi'), page, { mode: 0o755 });
  writeFileSync(join(web, 'etc/lighttpd.conf'), configuration);
  await source.image('blog/web:1', web, 'EXPOSE 80', `CMD ${JSON.stringify(['lighttpd', '-D', '-f', '/etc/lighttpd.conf'])}`);
}

/** Starts both on a network, with a volume for what is posted; the port is on the loopback of the host. */
export async function startBlog(source: Source, block: string, port: number): Promise<void> {
  await source.ok('network', 'create', '--subnet', `${block}.0/24`, 'blog');
  await source.ok('volume', 'create', '--label', 'of=blog', 'posts');
  await source.ok('run', '-d', '--name', 'blog-db', '--network', 'blog', '--ip', `${block}.20`, '--network-alias', 'database', '-v', 'posts:/data', 'blog/database:1');
  await source.ok('run', '-d', '--name', 'blog-web', '--network', 'blog', '-p', `127.0.0.1:${port}:80`, '--restart', 'unless-stopped', 'blog/web:1');
}

/** All posts, the first first, after `post` was added if there is one. */
export async function posts(port: number, post?: string): Promise<string[]> {
  const answer = await fetch(`http://127.0.0.1:${port}/posts.cgi`, post === undefined ? {} : { method: 'POST', body: post });
  if (!answer.ok) throw new Error(`the blog answers ${answer.status}`);
  return (await answer.text()).trim().split('\n').filter(Boolean);
}
