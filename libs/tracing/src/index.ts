export { beginCallSpan, type CallSpan } from './call-span.ts';
export { startTracing } from './start-tracing.ts';
