/** What is looked at, in the order in which it is told. */
export const areas = ['engine', 'host', 'tools', 'kernel', 'disk', 'bus', 'workers'] as const;

export type Area = (typeof areas)[number];

/** `unknown`: it could not be looked at from here; nothing is said about it. */
export type Severity = 'unknown' | 'ok' | 'warning' | 'error';

/** The result of one look. */
export interface Finding {
  /** What was looked at: `runc`, `overlayfs`. */
  readonly name: string;
  readonly area: Area;
  readonly severity: Severity;
  /** What was seen, in a sentence without its stop. */
  readonly message: string;
  /** What to do about it; empty when all is well. */
  readonly advice: string;
}

/** Makes the findings of one area. */
export interface Reporter {
  ok(name: string, message: string): Finding;
  unknown(name: string, message: string): Finding;
  warning(name: string, message: string, advice: string): Finding;
  error(name: string, message: string, advice: string): Finding;
}

export function reporterOf(area: Area): Reporter {
  const make =
    (severity: Severity) =>
    (name: string, message: string, advice = ''): Finding => ({ name, area, severity, message, advice });
  return { ok: make('ok'), unknown: make('unknown'), warning: make('warning'), error: make('error') };
}
