import { invalidArgument } from '@arcbox/errors';
import type { Config, Port, PortRange } from '../record/config.ts';

/** All of both protocols: whoever names more names some again and again. */
const mostPorts = 2 * 65_535;

/** Each published port is a socket or two that somebody has to open and to keep, while others wait. */
const mostPublished = 8_192;

/** INVALID_ARGUMENT when one container would publish so many. */
export function checkCount(ports: number): void {
  if (ports > mostPublished) throw invalidArgument(`one container can publish ${mostPublished} ports at most, not ${ports}: it may be on the host's network`);
}

/** `80`, `80/tcp`, `8000-8010/udp` → each as `80/tcp`. INVALID_ARGUMENT names what is none. */
export function readExposed(texts: readonly string[]): string[] {
  return expand(texts, (text) => {
    throw invalidArgument(`invalid exposed port: ${text}`);
  });
}

/** What to publish: as asked, and with `publishAll` each exposed port that is not among it, on a free host port. */
export function publishedPorts({ ports, exposed, publishAll }: Pick<Config, 'ports' | 'exposed' | 'publishAll'>): Port[] {
  if (!publishAll) return [...ports];
  const taken = new Set(ports.map(({ containerPort, protocol }) => `${containerPort}/${protocol}`));
  // Whoever made the image wrote some of them: what is no port is not published.
  const further = expand(exposed, () => {}).filter((port) => !taken.has(port));
  return [...ports, ...further.map(onAnyPort)];
}

export function isRange(port: Port): port is PortRange {
  return port.lastHostPort !== undefined;
}

/** Each port once; `other` gets what is none. */
function expand(texts: readonly string[], other: (text: string) => void): string[] {
  const ports = new Set<string>();
  let named = 0;
  for (const text of texts) {
    const range = rangeOf(text);
    if (!range) other(text);
    named += range?.length ?? 0;
    if (named > mostPorts) throw invalidArgument(`more than ${mostPorts} ports are exposed`);
    for (const port of range ?? []) ports.add(port);
  }
  return [...ports];
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
