const prefixes = ['Changes', 'Check', 'Diagnose', 'Events', 'Exists', 'Export', 'Get', 'History', 'Inspect', 'List', 'Logs', 'Ping', 'Plan', 'Read', 'Resolve', 'Save', 'Stat', 'Top', 'Wait', 'Watch'];
const readOnly = new RegExp(`^(${prefixes.join('|')})`);

/**
 * Whether a method, `ListCache`, changes nothing: a rule of the contract about names. A call of it that got no answer may be
 * made again elsewhere.
 */
export const changesNothing = (method: string): boolean => readOnly.test(method);
