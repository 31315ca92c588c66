import { createServer } from 'node:net';

import { whyUnreachable } from './bus-probe.ts';

it('tells which server does not answer, without its token', async () => {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const url = `nats://secret@127.0.0.1:${port}`;
  expect(await whyUnreachable(url)).toBeUndefined();
  expect(await whyUnreachable(`nats://127.0.0.1:1,${url}`)).toBeUndefined();
  await new Promise((resolve) => server.close(resolve));
  const why = await whyUnreachable(url);
  expect(why).toMatch(new RegExp(`^cannot reach NATS at 127\\.0\\.0\\.1:${port}: .*ECONNREFUSED`));
  expect(why).not.toContain('secret');
});
