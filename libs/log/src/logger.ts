import pino from 'pino';

export type Logger = Pick<pino.Logger, 'debug' | 'info' | 'warn' | 'error' | 'fatal'> & {
  child(fields: Record<string, unknown>): Logger;
};

/** Fields that may hold credentials, wherever they stand in a logged object. */
const secrets = ['auth', 'authorization', 'password', 'identitytoken', 'registrytoken', 'token', 'secret'];

/** JSON lines on stdout, synchronous so that the last words of a crash are kept. */
export function createLogger(options: { level: string; fields: Record<string, unknown> }): Logger {
  const output = pino.destination({ fd: 1, sync: true });
  // A line that cannot be written, on a full disk, must not end the worker.
  output.on('error', () => {});
  return pino(
    {
      level: options.level,
      base: options.fields,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: secrets.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[redacted]' },
      serializers: { error: pino.stdSerializers.errWithCause },
    },
    output,
  ) as unknown as Logger;
}

export const silentLogger: Logger = pino({ level: 'silent' }) as unknown as Logger;
