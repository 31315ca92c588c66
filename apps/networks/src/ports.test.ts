import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openStore } from '@arcbox/store';
import { freePort, temporaryRoot } from '@arcbox/testing';
import { PortSockets } from './port-holder.ts';
import { collide, takePorts } from './ports.ts';
import { Records } from './records.ts';
import type { Protocol, SandboxRequest } from './sandbox.ts';

describe('host addresses of a port', () => {
  it.each([
    ['', '', true],
    ['', '127.0.0.1', true],
    ['', '::1', true],
    ['0.0.0.0', '127.0.0.1', true],
    ['0.0.0.0', '::', false],
    ['0.0.0.0', '', true],
    ['127.0.0.1', '127.0.0.2', false],
    ['127.0.0.1', '::1', false],
    ['10.0.0.1', '10.0.0.1', true],
  ])('%j and %j collide: %s', (a, b, expected) => {
    expect(collide(a, b)).toBe(expected);
    expect(collide(b, a)).toBe(expected);
  });
});

describe('free ports where nearly all are taken', () => {
  const [first = 0, last = 0] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').trim().split(/\s+/).map(Number);
  const all = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  const any = (protocol: Protocol) => ({ protocol, containerPort: 80, hostPort: 0, hostIp: '127.0.0.1' });

  it('are found, each once, until there are none', async () => {
    await using root = temporaryRoot();
    using store = openStore(join(root.path, 'state.db'));
    const records = new Records(store);
    const left = new Set([await freePort(), await freePort()]);
    store.transaction(() => {
      for (const port of all.filter((each) => !left.has(each))) {
        records.ports.put({ id: `tcp/${port}/*`, hostIp: '', container: 'other', containerName: 'other' });
      }
    });
    const request = (count: number): SandboxRequest => ({
      containerId: 'c',
      containerName: 'c',
      joins: [],
      ports: Array.from({ length: count }, () => any('tcp')),
      dns: [],
      userNamespace: '',
    });
    using sockets = new PortSockets();
    const taken = store.transaction(() => takePorts({ records, sockets }, request(2), [4]));
    expect(new Set(taken.map(({ hostPort }) => hostPort))).toEqual(left);
    expect(() => store.transaction(() => takePorts({ records, sockets }, request(1), [4]))).toThrow(`no free tcp port between ${first} and ${last}`);
  });
});
