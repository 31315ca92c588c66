const long = process.env['ARCBOX_LONG'] === '1';

/** What `npm test` does, or, with ARCBOX_LONG=1, what takes longer. */
export const usually = <T>(usual: T, full: T): T => (long ? full : usual);

/** How often something is done: enough to notice what is broken, or, with ARCBOX_LONG=1, what is broken once in a while. */
export const times = (usual: number, full: number): number => (long ? full : usual);

/** Milliseconds that end what hangs. */
export const patience = long ? 1_200_000 : 120_000;

/** The same, where a variable may say another number. */
export const count = (variable: string, usual: number, full: number): number => Number(process.env[variable] || times(usual, full));
