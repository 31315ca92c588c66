import type { Cause } from './fact.ts';

/** `by root (pid 42) with ContainerService.Stop`; empty when nobody has asked. */
export function askedBy(cause: Cause | undefined): string {
  if (!cause) return '';
  const [service = '', method = ''] = cause.method.split('/').slice(-2);
  const call = method && `with ${service.split('.').at(-1)}.${method}`;
  return ['by', nameOf(cause.client), call].filter(Boolean).join(' ');
}

/** The same of a removal: one by prune also says why, `reason`. */
export function removedBy(cause: Cause | undefined, reason = 'nothing used it'): string {
  const isPruned = cause?.method.split('/').at(-1)?.startsWith('Prune');
  return `${isPruned ? `as ${reason}, ` : ''}${askedBy(cause)}`;
}

/** Who a client is, from `uid=0 pid=42`, `cn=name` or `address=10.0.0.1`. */
function nameOf(client: string): string {
  const found = new Map(client.split(' ').map((part) => part.split('=', 2) as [string, string]));
  const uid = found.get('uid');
  if (uid === undefined) return found.get('cn') ?? found.get('address') ?? 'a client that is not known';
  const pid = found.get('pid');
  return `${uid === '0' ? 'root' : `user ${uid}`}${pid ? ` (pid ${pid})` : ''}`;
}
