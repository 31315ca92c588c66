import { silentLogger } from '@arcbox/log';
import { serveMetrics } from '../src/metrics-endpoint.ts';

test('values that cannot be read are an error of that request, and the next one gets them', async () => {
  const answers = [Promise.reject(new Error('out of files')), Promise.resolve('a_total 1\n')];
  answers[0]?.catch(() => {});
  await using endpoint = await serveMetrics({ host: '127.0.0.1', port: 0 }, () => answers.shift() ?? Promise.resolve(''), silentLogger);
  const url = `http://127.0.0.1:${endpoint.port}/metrics`;
  expect((await fetch(url)).status).toBe(500);
  const response = await fetch(url);
  expect([response.status, await response.text()]).toEqual([200, 'a_total 1\n']);
  expect((await fetch(url, { method: 'POST' })).status).toBe(405);
});
