import type { Logger } from '@arcbox/log';

export interface Line {
  readonly level: string;
  readonly fields: Record<string, unknown>;
  readonly message: string;
}

/** A logger that keeps its lines for the test to look at. */
export function recordingLogger(fields: Record<string, unknown> = {}, lines: Line[] = []): { log: Logger; lines: Line[] } {
  const write =
    (level: string) =>
    (first: unknown, message?: string): void => {
      const own = typeof first === 'object' ? (first as Record<string, unknown>) : {};
      lines.push({ level, fields: { ...fields, ...own }, message: typeof first === 'string' ? first : (message ?? '') });
    };
  const levels = ['debug', 'info', 'warn', 'error', 'fatal'].map((level) => [level, write(level)]);
  const child = (more: Record<string, unknown>): Logger => recordingLogger({ ...fields, ...more }, lines).log;
  return { log: { ...Object.fromEntries(levels), child } as unknown as Logger, lines };
}
