import { formatPorts, parseExposed, parsePorts, sortPorts } from './ports.ts';

const port = (containerPort: number, hostPort = 0, hostIp = '', protocol = 'tcp') => ({
  containerPort,
  hostPort,
  protocol,
  hostIp,
});

describe('parsePorts', () => {
  it.each([
    ['8080:80', [port(80, 8080)]],
    ['80', [port(80)]],
    ['127.0.0.1::80/udp', [port(80, 0, '127.0.0.1', 'udp')]],
    ['127.0.0.1:53:5353/UDP', [port(5353, 53, '127.0.0.1', 'udp')]],
    ['[::1]:8080:80', [port(80, 8080, '::1')]],
    ['::1:8080:80', [port(80, 8080, '::1')]],
    [':8080:80', [port(80, 8080)]],
    ['0:80', [port(80)]],
    ['8000-8001:80-81', [port(80, 8000), port(81, 8001)]],
    ['[::1]:8000-8005:80/udp', [{ ...port(80, 8000, '::1', 'udp'), lastHostPort: 8005 }]],
    ['8000-8000:80', [port(80, 8000)]],
  ])('reads %s', (text, expected) => {
    expect(parsePorts(text)).toEqual(expected);
  });

  it.each(['', 'web', '80:', 'host:80:80', '1.2.3:80:80', '70000:80', '8000-8002:80-81', '8002-8000:80', '80/sctp', '81-80'])(
    'refuses %s',
    (text) => {
      expect(() => parsePorts(text)).toThrow();
    },
  );
});

describe('parseExposed', () => {
  it('reads ports and ranges', () => {
    expect(parseExposed('80')).toEqual(['80/tcp']);
    expect(parseExposed('53-54/UDP')).toEqual(['53/udp', '54/udp']);
    for (const text of ['', '8080:80', '80/sctp', '0', '9-8']) expect(() => parseExposed(text)).toThrow();
  });
});

describe('formatPorts', () => {
  it('joins neighbours', () => {
    expect(formatPorts([port(81, 8001), port(80, 8000), port(443, 8443), port(90), port(91)])).toBe(
      '0.0.0.0:8000-8001->80-81/tcp, 90-91/tcp, 0.0.0.0:8443->443/tcp',
    );
    expect(formatPorts([port(53, 53, '::1', 'udp')])).toBe('[::1]:53->53/udp');
    expect(formatPorts([])).toBe('');
  });

  it('has them in the order of the container, as docker', () => {
    const ports = [port(80, 8080), port(80, 8080, '::1'), port(53, 5353, '', 'udp'), port(81, 8081), port(53, 5353)];
    expect(formatPorts(ports)).toBe(
      '0.0.0.0:5353->53/tcp, 0.0.0.0:5353->53/udp, 0.0.0.0:8080-8081->80-81/tcp, [::1]:8080->80/tcp',
    );
    expect(sortPorts(ports).map(({ containerPort, protocol, hostIp }) => `${containerPort}/${protocol} ${hostIp}`)).toEqual([
      '53/tcp ', '53/udp ', '80/tcp ', '80/tcp ::1', '81/tcp ',
    ]);
  });
});
