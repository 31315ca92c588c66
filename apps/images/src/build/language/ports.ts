import { invalidArgument } from '@arcbox/errors';

/** Reads what EXPOSE takes, `80`, `8000-8010/udp`, into `port/protocol`. A host's part, `80:` before it, is dropped. */
export function parsePorts(text: string): string[] {
  const [range = '', protocol = 'tcp', ...more] = text.slice(text.lastIndexOf(':') + 1).split('/');
  const name = protocol.toLowerCase() || 'tcp';
  if (more.length > 0 || !['tcp', 'udp', 'sctp'].includes(name)) {
    throw invalidArgument(`invalid port ${JSON.stringify(text)}: invalid proto: ${protocol}`);
  }
  const [first = Number.NaN, last = first, ...rest] = range.split('-').map(parsePort);
  if (rest.length > 0 || !(first <= last)) throw invalidArgument(`invalid containerPort: ${text}`);
  return Array.from({ length: last - first + 1 }, (_, index) => `${first + index}/${name}`);
}

/** Not a number when it is none. */
function parsePort(text: string): number {
  const port = Number(text);
  return /^\d+$/.test(text) && port <= 65535 ? port : Number.NaN;
}
