import type { Source } from '../migration/source.ts';
import { images } from './images.ts';

/** Names of what the stack is of. */
export const names = { network: 'wordpress', database: 'wordpress-db', web: 'wordpress-web', tables: 'wordpress-tables', content: 'wordpress-content' };

/** A password as people choose them. */
const password = `it is #1 & "100%" = $HOME`;

/** Starts database and web server as people do. `block` begins the addresses of their network; the port is on the loopback. */
export async function startStack(source: Source, block: string, port: number): Promise<void> {
  await source.ok('network', 'create', '--subnet', `${block}.0/24`, '--gateway', `${block}.1`, '--label', 'of=wordpress', names.network);
  for (const volume of [names.tables, names.content]) await source.ok('volume', 'create', '--label', 'of=wordpress', volume);
  await source.ok(
    ...['run', '-d', '--name', names.database, '--network', names.network, '--ip', `${block}.10`, '--network-alias', 'database'],
    ...['-v', `${names.tables}:/var/lib/mysql`, '--restart', 'unless-stopped', '--memory', '768m', '--ulimit', 'nofile=8192:8192', '--shm-size', '128m'],
    ...['-e', 'MARIADB_DATABASE=blog', '-e', 'MARIADB_USER=writer', '-e', `MARIADB_PASSWORD=${password}`, images.database],
  );
  await source.ok(
    ...['run', '-d', '--name', names.web, '--network', names.network, '-p', `127.0.0.1:${port}:80`, '--hostname', 'blog'],
    ...['-v', `${names.content}:/var/lib/wordpress/wp-content`, '--restart', 'always', '--tmpfs', '/tmp:size=64m'],
    ...['-e', 'WORDPRESS_DB_HOST=database', '-e', 'WORDPRESS_DB_NAME=blog', '-e', 'WORDPRESS_DB_USER=writer', '-e', `WORDPRESS_DB_PASSWORD=${password}`, images.web],
  );
}
