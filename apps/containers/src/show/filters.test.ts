import type { Container } from '../record/container.ts';
import { matchesFilters, parseFilters } from './filters.ts';

const container = {
  id: 'abc123',
  name: 'web-1',
  config: {
    created: '2026-01-02T00:00:00.000000000Z',
    image: { id: 'sha256:1', reference: 'nginx', size: 0 },
    labels: { team: 'blue', empty: '' },
    mounts: [
      { type: 'volume', source: '/v', target: '/data', readonly: false, volume: 'vol' },
      { type: 'bind', source: '/host/config', target: '/config', readonly: false },
    ],
    ports: [{ containerPort: 80, hostPort: 8080, protocol: 'tcp', hostIp: '' }],
    exposed: ['53/udp'],
    network: { kind: 'network', name: 'bridge' },
  },
  status: { state: 'exited', exits: 1, exitCode: 3, network: { endpoints: [{ networkId: '0123456789abcdef', networkName: 'backend' }] } },
} as unknown as Container;

const scope = {
  created: new Map([['older', '2026-01-01T00:00:00.000000000Z'], ['newer', '2026-01-03T00:00:00.000000000Z']]),
  families: new Map([['web', new Set(['sha256:1'])]]),
};

const matches = (filters: object): boolean => matchesFilters(container, parseFilters(JSON.stringify(filters)), scope);

describe('filters of a list', () => {
  it.each([
    [{}, true],
    [{ id: ['abc'] }, true],
    [{ name: ['eb-'] }, true],
    [{ name: ['^web'] }, true],
    [{ name: ['^/web-1$'] }, true],
    [{ name: ['/^web-\\d$/'] }, true],
    [{ name: ['db'] }, false],
    [{ name: ['db', 'web'] }, true],
    [{ label: ['team'] }, true],
    [{ label: ['team=blue', 'empty='] }, true],
    [{ label: ['team=blue', 'none'] }, false],
    [{ label: ['toString'] }, false],
    [{ status: { exited: true, running: true } }, true],
    [{ status: { exited: false, running: true } }, false],
    [{ status: ['exited'], exited: ['3'] }, true],
    [{ status: ['exited'], exited: ['0'] }, false],
    [{ ancestor: ['nginx'] }, true],
    [{ ancestor: ['web'] }, true],
    [{ ancestor: ['other'] }, false],
    [{ volume: ['vol'] }, true],
    [{ volume: ['/data'] }, true],
    [{ volume: ['/host/config'] }, true],
    [{ volume: ['/v'] }, false],
    [{ network: ['bridge'] }, true],
    [{ network: ['host'] }, false],
    [{ network: ['0123456789ab'] }, true],
    [{ network: ['backend'] }, true],
    [{ network: ['back'] }, false],
    [{ 'is-task': ['false'] }, true],
    [{ 'is-task': { true: true } }, false],
    [{ publish: ['8080'] }, true],
    [{ publish: ['8000-9000/tcp'] }, true],
    [{ publish: ['8080/udp'] }, false],
    [{ expose: ['53/udp'] }, true],
    [{ expose: ['80'] }, true],
    [{ health: ['none'] }, true],
    [{ status: [] }, true],
    [{ since: ['older'], before: ['newer'] }, true],
    [{ since: ['newer'] }, false],
    [{ before: ['older'] }, false],
    [{ name: ['('] }, false],
    [{ name: ['(?=web)'] }, false],
  ])('%j', (filters, result) => expect(matches(filters)).toBe(result));

  it('costs no more than its text is long, whatever the expression', () => {
    const named = { ...container, name: `${'a'.repeat(200)}b` };
    expect(matchesFilters(named, parseFilters('{"name":["^(a+)+$"]}'), scope)).toBe(false);
  });

  it.each([
    ['{', 'filters are not valid JSON'],
    ['[]', 'filters must be a JSON object'],
    ['{"color":["red"]}', 'unknown filter: color'],
    ['{"constructor":["red"]}', 'unknown filter: constructor'],
    ['{"status":"running"}', 'filter status must be a list of texts or an object of booleans'],
    ['{"status":["up"]}', 'invalid value for filter status: up'],
    ['{"exited":["x"]}', 'invalid value for filter exited: x'],
    ['{"is-task":["maybe"]}', 'invalid value for filter is-task: maybe'],
    ['{"publish":["x"]}', 'invalid value for filter publish: x'],
  ])('%s is refused', (text, message) => expect(() => parseFilters(text)).toThrow(message));
});
