import { parseImageConfig } from './image-config.ts';

const parse = (document: unknown) => parseImageConfig(Buffer.from(JSON.stringify(document)), 'busybox');

describe('the configuration of an image', () => {
  it('says what a container takes from it', () => {
    const config = {
      Entrypoint: ['/bin/sh'],
      Cmd: null,
      Env: ['A=1'],
      User: 'me',
      WorkingDir: '/w',
      Labels: { a: 'b' },
      Volumes: { '/v': {} },
      ExposedPorts: { 80: {}, '53/udp': {} },
      StopSignal: 'SIGINT',
      Healthcheck: { Test: ['CMD', 'a'], Interval: 5e9, Retries: 2, Timeout: -1, StartPeriod: 'x' },
      Shell: ['/bin/ash', '-c'],
    };
    expect(parse({ config, rootfs: { diff_ids: ['sha256:1', 5] } })).toEqual({
      diffIds: ['sha256:1'],
      entrypoint: ['/bin/sh'],
      cmd: [],
      env: ['A=1'],
      user: 'me',
      workingDir: '/w',
      labels: { a: 'b' },
      volumes: ['/v'],
      exposed: ['80/tcp', '53/udp'],
      stopSignal: 'SIGINT',
      healthCheck: { test: ['CMD', 'a'], interval: 5e9, timeout: 0, startPeriod: 0, startInterval: 0, retries: 2 },
      shell: ['/bin/ash', '-c'],
    });
  });

  it('may be of any shape', () => {
    const nothing = { entrypoint: [], cmd: [], env: [], user: '', workingDir: '', labels: {}, volumes: [], exposed: [], stopSignal: undefined, shell: [], diffIds: [] };
    const config = { Entrypoint: 'sh', Cmd: [{}, 5], Env: {}, User: 5, WorkingDir: {}, Labels: { a: { b: 1 }, n: 5, z: null }, Volumes: ['/v'], StopSignal: [], Healthcheck: { Test: 'x' }, Shell: 5 };
    for (const document of [null, 5, [], {}, { config: null }, { config: 'x' }, { config }]) expect(parse(document)).toEqual(nothing);
    expect(() => parseImageConfig(Buffer.from('{'), 'busybox')).toThrow('configuration of image busybox is not valid JSON');
  });
});
