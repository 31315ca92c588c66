/** Events of the benchmark are of so many containers in turn. */
export const containerCount = 1000;

/** Full id of one of them. */
export const containerId = (index: number): string => String(index % containerCount).padStart(64, 'b');
