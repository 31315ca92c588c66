import type { Logger } from '@arcbox/log';
import { silentLogger } from '@arcbox/log';
import { eventually, freePort } from '@arcbox/testing';
import { beginCallSpan, startTracing } from '../src/index.ts';

it('says in the log that the collector is away, and stops all the same', async () => {
  const before = process.env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = `http://127.0.0.1:${await freePort()}`;
  try {
    const said: string[] = [];
    const log: Logger = { ...silentLogger, child: () => log, warn: (fields: unknown, text?: string) => void said.push(`${text} ${JSON.stringify(fields)}`) } as Logger;
    const config = { sampler: { name: 'always_on', ratio: 1 }, batch: { scheduledDelayMillis: 10, exportTimeoutMillis: 200 } } as const;
    const tracing = await startTracing(config, { worker: 'images', replica: 'images-0', version: '1' }, log);
    beginCallSpan('/a.B/C', 'server', undefined)?.end(0);
    await eventually(() => expect(said.join('\n')).toMatch(/spans are not sent/));
    await tracing[Symbol.asyncDispose]();
    expect(beginCallSpan('/a.B/C', 'server', undefined)).toBeUndefined();
  } finally {
    if (before === undefined) delete process.env['OTEL_EXPORTER_OTLP_ENDPOINT'];
    else process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = before;
  }
});
