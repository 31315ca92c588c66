export { BoundedQueue } from './bounded-queue.ts';
export { eachInParallel } from './each-in-parallel.ts';
export { FanOut, SlowReaderError, type Subscription } from './fan-out.ts';
export { comingInTime, type Patience, takenInTime } from './in-time.ts';
export { LatestByKey } from './latest-by-key.ts';
export { Signal } from './signal.ts';
