export { Counter } from './counter.ts';
export type { Family, Sample } from './family.ts';
export { Gauge, type GaugeValue } from './gauge.ts';
export { Histogram } from './histogram.ts';
export { exposition } from './exposition.ts';
export { mergeExpositions } from './merge-expositions.ts';
export { Task } from './task.ts';
export { measureLag } from './process-metrics.ts';
