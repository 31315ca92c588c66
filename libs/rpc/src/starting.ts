/** What a worker says that does not serve yet: it has begun nothing. */
export const starting = (worker: string): string => `${worker} is starting`;
