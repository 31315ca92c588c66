import { checkTexts } from './check-texts.ts';
import type { Wish } from './create.ts';
import { readResources } from '../options/resources-wire.ts';

const wish: Wish = {
  name: '', image: 'busybox', cmd: ['true'], entrypoint: [], env: { A: 'ü\n' }, workingDir: '', user: '1:2', mounts: [], ports: [],
  limits: { memory: 0, memorySwap: 0, cpuShares: 0, cpuQuota: 0, cpuPeriod: 0, cpus: 0 },
  labels: { a: '' }, hostname: 'host-1', tty: false, stdinOpen: false, networkMode: '', autoRemove: false,
  restart: { name: 'no', maximumRetries: 0 }, resources: readResources(undefined),
};

describe('texts of a request', () => {
  it('may be anything the kernel takes', () => {
    expect(() => checkTexts(wish)).not.toThrow();
    expect(() => checkTexts({ ...wish, cmd: ['x'.repeat(131_071)] })).not.toThrow();
  });

  const refused: [Partial<Wish>, string][] = [
    [{ image: '' }, 'an image is needed'],
    [{ image: 'a\0' }, 'image cannot contain a zero byte'],
    [{ cmd: ['a\0'] }, 'cmd cannot contain a zero byte'],
    [{ env: { A: '\0' } }, 'env cannot contain a zero byte'],
    [{ workingDir: '/a\0b' }, 'working_dir cannot contain a zero byte'],
    [{ user: 'root\0' }, 'user cannot contain a zero byte'],
    [{ mounts: [{ type: 'bind', source: '/tmp', target: '/a\0', readonly: false }] }, 'mounts cannot contain a zero byte'],
    [{ labels: { 'a\0': '' } }, 'labels cannot contain a zero byte'],
    [{ networkMode: 'host\0' }, 'network_mode cannot contain a zero byte'],
    [{ labels: { '': 'x' } }, 'a label needs a name'],
    [{ env: { 'A=B': '' } }, 'invalid environment variable name: "A=B"'],
    [{ user: '0:0:0' }, 'not a user: 0:0:0'],
    [{ hostname: 'a'.repeat(65) }, 'invalid hostname'],
    [{ cmd: ['x'.repeat(131_072)] }, 'no argument or variable can be longer than 131071 bytes'],
    [{ env: { A: 'ü'.repeat(65_535) } }, 'no argument or variable can be longer'],
  ];
  it.each(refused)('%#: are refused', (part, message) => expect(() => checkTexts({ ...wish, ...part })).toThrow(message));
});
