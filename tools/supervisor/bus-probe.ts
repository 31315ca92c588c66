import { connect } from 'node:net';

import { messageOf } from '@arcbox/errors';

const patience = 1_000;

/** Why nobody answers at any of the given NATS servers (URLs, comma-separated); undefined when one takes connections. */
export async function whyUnreachable(urls: string): Promise<string | undefined> {
  const reasons = await Promise.all(urls.split(',').map((url) => whyNot(url.trim())));
  return reasons.includes(undefined) ? undefined : reasons.join('; ');
}

/** Tells host and port, and never what else stands in the URL: it may be a secret. */
function whyNot(url: string): Promise<string | undefined> {
  const text = url.includes('://') ? url : `nats://${url}`;
  if (!URL.canParse(text)) return Promise.resolve('ARCBOX_NATS_URL is not a URL');
  const { hostname, port } = new URL(text);
  const address = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 4222) };
  return new Promise((resolve) => {
    const socket = connect(address);
    const end = (why?: string): void => {
      socket.destroy();
      resolve(why === undefined ? undefined : `cannot reach NATS at ${hostname}:${address.port}: ${why}`);
    };
    socket.setTimeout(patience, () => end('no answer'));
    socket.once('connect', () => end()).once('error', (error) => end(messageOf(error)));
  });
}
