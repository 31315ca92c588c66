import { readdirSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { Gauge } from './gauge.ts';

// The names that all programs have: https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics
new Gauge('process_cpu_seconds_total', 'Time on a processor.', 'counter').from(cpuSeconds);
new Gauge('process_resident_memory_bytes', 'Memory that is resident.').from(() => process.memoryUsage.rss());
new Gauge('process_start_time_seconds', 'When the process began, seconds since 1970.').from(() => performance.timeOrigin / 1_000);
new Gauge('process_open_fds', 'Open files, sockets included.').from(() => readdirSync('/proc/self/fd').length - 1);

new Gauge('arcbox_heap_used_bytes', 'What the JavaScript heap holds.').from(() => process.memoryUsage().heapUsed);
const busy = 'Time in which the event loop did something: its growth in a second is the share of that.';
new Gauge('arcbox_event_loop_busy_seconds_total', busy, 'counter').from(() => performance.eventLoopUtilization().active / 1_000);
new Gauge('arcbox_event_loop_lag_seconds', 'How late a timer was when these values were asked for.').from(() => lag);

let lag = 0;

/** Waits for a timer, and notes how late it comes. */
export async function measureLag(): Promise<void> {
  const started = performance.now();
  await new Promise((resolve) => setTimeout(resolve, 1));
  lag = Math.max(0, performance.now() - started - 1) / 1_000;
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
