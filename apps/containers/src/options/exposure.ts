import { invalidArgument } from '@arcbox/errors';
import type { Config, Port } from '../container.ts';

/** `80`, `80/tcp`, `8000-8010/udp` → each as `80/tcp`. INVALID_ARGUMENT names what is none. */
export function readExposed(texts: readonly string[]): string[] {
  const ports = texts.flatMap((text) => {
    const range = rangeOf(text);
    if (!range) throw invalidArgument(`invalid exposed port: ${text}`);
    return range;
  });
  return [...new Set(ports)];
}

/** What to publish: as asked, and with `publishAll` each exposed port that is not among it, on a free host port. */
export function publishedPorts({ ports, exposed, publishAll }: Pick<Config, 'ports' | 'exposed' | 'publishAll'>): Port[] {
  if (!publishAll) return [...ports];
  const taken = new Set(ports.map(({ containerPort, protocol }) => `${containerPort}/${protocol}`));
  // Whoever made the image wrote some of them: what is no port is not published.
  const further = exposed.flatMap((text) => rangeOf(text) ?? []).filter((port) => !taken.has(port));
  return [...ports, ...[...new Set(further)].map(onAnyPort)];
}

function onAnyPort(port: string): Port {
  const [number, protocol = ''] = port.split('/');
  return { containerPort: Number(number), hostPort: 0, protocol, hostIp: '' };
}

function rangeOf(text: string): string[] | undefined {
  const [, from, to = from, protocol = 'tcp'] = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp))?$/i.exec(text) ?? [];
  const [first, last] = [Number(from), Number(to)];
  if (!(first >= 1 && last >= first && last <= 65_535)) return undefined;
  return Array.from({ length: last - first + 1 }, (_, i) => `${first + i}/${protocol.toLowerCase()}`);
}
