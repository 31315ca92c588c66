import { parseHostsFile } from './hosts-file.ts';

const file = '/etc/arcbox/registries/docker.io/hosts.toml';

describe('hosts.toml', () => {
  it('names mirrors in their order, then the registry', () => {
    const { mirrors, server } = parseHostsFile(
      `
      server = "https://registry-1.docker.io"
      ca = "hub.crt"

      [host."http://zz.example:5000"]
        capabilities = ["pull"]
        skip_verify = true
        client = "/both.pem"

      [host."aa.example/v2/prefix"]
        capabilities = ["pull", "resolve", "push"]
        ca = ["one.crt", "two.crt"]
        client = [["one.cert", "one.key"], ["two.pem", ""], ["three.pem"]]
        override_path = true
        dial_timeout = "1m1.5s"
        [host."aa.example/v2/prefix".header]
          x-one = "1"
          x-many = ["1", "2"]
      `,
      file,
    );
    expect(mirrors.map(({ url }) => url?.href)).toEqual(['http://zz.example:5000/', 'https://aa.example/v2/prefix']);
    expect(mirrors[0]).toMatchObject({
      capabilities: ['pull'],
      skipVerify: true,
      overridePath: false,
      clients: [{ certificate: '/both.pem', key: '' }],
      headers: {},
    });
    expect(mirrors[1]).toMatchObject({
      capabilities: ['pull', 'resolve', 'push'],
      ca: ['one.crt', 'two.crt'],
      clients: [
        { certificate: 'one.cert', key: 'one.key' },
        { certificate: 'two.pem', key: '' },
        { certificate: 'three.pem', key: '' },
      ],
      overridePath: true,
      connectTimeout: 61_500,
      headers: { 'x-one': '1', 'x-many': ['1', '2'] },
    });
    expect(server).toMatchObject({ ca: ['hub.crt'], capabilities: ['pull', 'resolve', 'push'] });
  });

  it('may be empty', () => {
    expect(parseHostsFile('', file)).toMatchObject({ mirrors: [], server: { url: undefined, skipVerify: false } });
  });

  it.each([
    ['server = ', 'invalid toml document'],
    ['servers = "x"', 'unknown key "servers"'],
    ['server = 5', 'server is not a string'],
    ['server = "ftp://x"', '"ftp://x" is not the address of a registry'],
    ['server = "https://user:secret@x"', 'is not the address of a registry'],
    ['host = "x"', 'host is not a table'],
    ['[host]\nx = 1', 'host "x": not a table'],
    ['[host."https://m"]\ncapability = ["pull"]', 'host "https://m": unknown key "capability"'],
    ['[host."https://m"]\ncapabilities = ["pull", "delete"]', 'unknown capability "delete"'],
    ['[host."https://m"]\ncapabilities = [1]', 'capabilities is neither a string nor a list of strings'],
    ['skip_verify = "yes"', 'skip_verify is neither true nor false'],
    ['client = [["a", "b", "c"]]', 'client is neither a file'],
    ['[header]\nx = "a\\r\\ny: b"', 'invalid header x'],
    ['[header]\n"x y" = "a"', 'invalid header x y'],
    ['dial_timeout = "soon"', 'invalid dial_timeout soon'],
  ])('refuses %j', (text, why) => {
    expect(() => parseHostsFile(text, file)).toThrow(
      expect.objectContaining({ kind: 'failed-precondition', message: expect.stringContaining(why) }),
    );
    expect(() => parseHostsFile(text, file)).toThrow(`${file}: `);
  });
});
