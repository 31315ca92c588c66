import { parseReference } from '../reference.ts';

/**
 * Registries that a Dockerfile names; undefined when that cannot be told without
 * building: an argument may name one. Names of stages count as Docker Hub's, which hurts nobody.
 */
export function registriesIn(dockerfile: string | undefined): string[] | undefined {
  if (dockerfile === undefined) return undefined;
  const syntax = /^#\s*syntax\s*=\s*(\S+)/im.exec(dockerfile)?.[1];
  const bases = [...dockerfile.matchAll(/^\s*FROM\s+(?:--\S+\s+)*(\S+)/gim)].map(([, name = '']) => name);
  const sources = [...dockerfile.matchAll(/(?:--from|[\s,]from)=([^\s,]+)/gi)].map(([, name = '']) => name);
  const names = [...bases, ...sources, ...(syntax ? [syntax] : [])].filter((name) => !/^(\d+|scratch)$/.test(name));
  if (names.some((name) => name.includes('$'))) return undefined;
  return [...new Set(names.map((name) => parseReference(name).domain))];
}
