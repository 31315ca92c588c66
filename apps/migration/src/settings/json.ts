/** An object of an answer of the Docker Engine API. Who answers may be of any version, or podman: nothing is taken for granted. */
export type Json = { readonly [name: string]: unknown };

export const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

export const objectOf = (value: unknown): Json => (isObject(value) ? value : {});

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export const objectsOf = (value: unknown): Json[] => listOf(value).filter(isObject);

export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Where a list is expected, a single text is a list of one. */
export function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  return listOf(value).filter((one): one is string => typeof one === 'string');
}

export const numberOf = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : 0);

export const isTrue = (value: unknown): boolean => value === true;

export function textMapOf(value: unknown): { [name: string]: string } {
  const entries = Object.entries(objectOf(value)).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return Object.fromEntries(entries);
}

/** Whether somebody has set it, or something in it: null, empty and 0 are what nobody has. */
export function isSet(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(isSet);
  if (isObject(value)) return Object.values(value).some(isSet);
  return value !== undefined && value !== null && value !== '' && value !== false && value !== 0;
}

/** For people. */
export const shown = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
