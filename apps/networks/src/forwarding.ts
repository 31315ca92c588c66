import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Logger } from '@arcbox/log';
import { run } from './command.ts';

const ipv4 = '/proc/sys/net/ipv4/ip_forward';
const ipv6 = '/proc/sys/net/ipv6/conf';

/** Lets the host pass packets between networks. It stays on: other containers may need it. */
export function enableForwarding(log: Logger): void {
  if (readFileSync(ipv4, 'utf8').trim() === '1') return;
  writeFileSync(ipv4, '1');
  log.info('turned on net.ipv4.ip_forward');
}

/**
 * The same for IPv6. A host that forwards ignores router advertisements, and
 * would lose its own default route: interfaces that listen to them are told to
 * go on (accept_ra 2).
 */
export function enableForwarding6(log: Logger): void {
  const all = `${ipv6}/all/forwarding`;
  if (readFileSync(all, 'utf8').trim() === '1') return;
  for (const link of readdirSync(ipv6)) {
    const file = `${ipv6}/${link}/accept_ra`;
    if (link !== 'all' && readFileSync(file, 'utf8').trim() === '1') writeFileSync(file, '2');
  }
  writeFileSync(all, '1');
  log.info('turned on net.ipv6.conf.all.forwarding');
}

/**
 * What another program's firewall does to containers of this engine: a verdict
 * of ours cannot lift a drop of theirs. dockerd, for one, drops by default what
 * it does not know; `iptables -I DOCKER-USER -i abx-+ -j ACCEPT` and the same
 * with `-o` let these networks through.
 */
export async function forwardingWarnings(): Promise<string[]> {
  const listed = await run('nft', ['-t', 'list', 'chains']).catch(() => '');
  return dropsForwarded(listed).map(
    (table) =>
      `the firewall table ${table} of another program drops forwarded packets by default: ` +
      'containers reach nothing outside until it accepts the interfaces abx-*',
  );
}

/** Tables with a chain on the forward hook whose policy is drop, in what `nft list chains` prints. */
export function dropsForwarded(listed: string): string[] {
  const tables = listed.split(/^table /m).slice(1);
  return tables.flatMap((table) => (/hook forward [^;]*; policy drop;/.test(table) ? [table.split(' {')[0] ?? ''] : []));
}
