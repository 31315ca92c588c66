import type { Fields } from './listing.ts';

/** Fields of anything that carries labels: all of them, and one by name. */
export const labelFields: Fields<{ readonly labels: Readonly<Record<string, string>> }> = {
  Labels: {
    header: 'LABELS',
    value: ({ labels }) =>
      Object.entries(labels)
        .map((pair) => pair.join('='))
        .join(','),
  },
  Label: {
    header: '',
    value:
      ({ labels }) =>
      (name) =>
        labels[String(name)] ?? '',
  },
};
