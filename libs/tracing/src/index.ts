export { beginCallSpan } from './call-span.ts';
export { startTracing } from './start-tracing.ts';
