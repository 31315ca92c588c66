import { actionWithDetail } from './index.ts';

test('actions that have details are written with them', () => {
  expect(actionWithDetail('health_status', { health_status: 'healthy' })).toBe('health_status: healthy');
  expect(actionWithDetail('exec_create', { execCommand: 'sh -c true', execID: 'x' })).toBe('exec_create: sh -c true');
  expect(actionWithDetail('exec_start', {})).toBe('exec_start');
  expect(actionWithDetail('die', { health_status: 'healthy', execCommand: 'x' })).toBe('die');
});
