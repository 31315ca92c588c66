import { NatsError } from 'nats';

/** Whether JetStream has refused a request because what it is about is not there; it says so with a code of HTTP. */
export const isMissing = (error: unknown): boolean => error instanceof NatsError && error.api_error?.code === 404;
