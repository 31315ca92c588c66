import { setTimeout as sleep } from 'node:timers/promises';
import type { Ground } from './ground.ts';

/** How often they are looked for, in milliseconds. */
const interval = 10_000;

/**
 * Puts the firewall table back after somebody has flushed the host's rules, as
 * reloading nftables.conf or firewalld does, and servers of names after somebody has
 * killed what holds their sockets. Replicas take turns.
 */
export function startWatch(ground: Ground, period = interval): AsyncDisposable {
  const abort = new AbortController();
  const running = watch(ground, period, abort.signal);
  return {
    async [Symbol.asyncDispose]() {
      abort.abort();
      await running;
    },
  };
}

async function watch({ firewall, names, records, store, log, settled }: Ground, period: number, signal: AbortSignal): Promise<void> {
  for (;;) {
    await sleep(period, undefined, { signal, ref: false }).catch(() => {});
    if (signal.aborted) return;
    try {
      // Inside: on a full disk no lease can be had.
      using lease = store.leases.tryHold('watch');
      if (!lease) continue;
      await settled();
      if (await names.revive()) log.warn('what held the sockets of a name server had died: another does');
      if (await firewall.isPresent()) continue;
      log.warn({ table: firewall.table, networks: records.networks.count() }, 'the firewall table has gone: restoring it');
      await firewall.restore();
    } catch (error) {
      log.error({ error }, 'cannot look after firewall and names');
    }
  }
}
