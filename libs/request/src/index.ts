export { currentCause, currentRequest, enterRequest, forRequest, outsideRequest, type RequestScope } from './request-scope.ts';
export { readRequest, requestHeaders, requestIdOf, writeRequest } from './request-headers.ts';
export { parseTraceContext, traceContext, type TraceContext, traceIdOf } from './trace-context.ts';
