export { callBounds } from './call-bounds.ts';
export { Counter } from './counter.ts';
export type { Family, Sample } from './family.ts';
export { Gauge } from './gauge.ts';
export { Histogram } from './histogram.ts';
export { exposition } from './exposition.ts';
export { mergeExpositions } from './merge-expositions.ts';
export { Task } from './task.ts';
export { measureLag } from './process-metrics.ts';
