import { createHash } from 'node:crypto';
import type { StreamInfo } from 'nats';

const description = /^ArcBox event log ([0-9a-f]{12})$/;

/**
 * Tells this log from another one that takes its place: 12 hex digits. Made from the moment that the log was; but
 * nats-server forgets that moment when it starts again after the limits were changed, so the digits are kept in the description.
 */
export function logOf({ created, config }: Pick<StreamInfo, 'created' | 'config'>): string {
  const [, kept] = description.exec(config.description ?? '') ?? [];
  return kept ?? createHash('sha256').update(String(created)).digest('hex').slice(0, 12);
}

/** The description that keeps it, unless somebody has written one of their own. */
export const descriptionOf = (info: Pick<StreamInfo, 'created' | 'config'>): string => info.config.description || `ArcBox event log ${logOf(info)}`;
