import { findProgram } from '@arcbox/diagnosis';
import type { Logger } from '@arcbox/log';
import { run } from './command.ts';
import { outerAddress, type Sandbox } from './sandbox.ts';

/**
 * Makes the kernel forget what it remembers of UDP flows to the published ports
 * of a sandbox. It decides once for a flow where it goes: a client that always
 * sends from the same port (syslog, a DNS forwarder) would reach the container
 * of before, or nobody, for as long as it goes on sending.
 *
 * Needs `conntrack`; without it such a client waits until it was silent for 30 s.
 */
export async function forgetFlows({ endpoints, ports }: Sandbox, log: Logger): Promise<void> {
  const udp = [...new Set(ports.filter(({ protocol }) => protocol === 'udp').map(({ hostPort }) => hostPort))];
  if (udp.length === 0 || !findProgram('conntrack')) return;
  const targets = ([4, 6] as const).flatMap((family) => outerAddress(endpoints, family) ?? []);
  const selections = [
    ...targets.map(({ address, family }) => ['-f', `ipv${family}`, '--reply-src', address]),
    ...udp.map((port) => ['--orig-port-dst', String(port)]),
  ];
  for (const selection of selections) {
    // It fails where there is nothing to forget.
    await run('conntrack', ['-D', '-p', 'udp', ...selection]).catch((error: unknown) => log.debug({ error }, 'no flows'));
  }
}
