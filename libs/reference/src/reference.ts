import { invalidArgument } from '@arcbox/errors';

/** A normalised name of an image, by the grammar of the distribution project as Docker uses it. */
export interface Reference {
  /** Registry as written in full names: `docker.io`, `localhost:5000`. */
  readonly domain: string;
  /** Repository in the registry: `library/nginx`. */
  readonly path: string;
  readonly tag?: string;
  readonly digest?: string;
}

const defaultDomain = 'docker.io';
const officialPrefix = 'library/';
const maxName = 255;

const label = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?';
const domainGrammar = new RegExp(`^(?:${label}(?:\\.${label})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?$`);
const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const pathGrammar = new RegExp(`^${component}(?:/${component})*$`);
const tagGrammar = /^\w[\w.-]{0,127}$/;
const digestGrammar = /^sha256:[0-9a-f]{64}$/;

/** Parses what a user wrote; `latest` when there is neither tag nor digest. */
export function parseReference(text: string): Reference {
  const { name, tag, digest } = split(text);
  const { domain, path } = parseRepository(name, text);
  if (tag !== undefined && !tagGrammar.test(tag)) throw malformed(text, `${tag || 'an empty string'} is not a tag`);
  if (digest !== undefined && !digestGrammar.test(digest)) throw malformed(text, `${digest} is not a sha256 digest`);
  return { domain, path, tag: tag ?? (digest === undefined ? 'latest' : undefined), digest };
}

/** Parses a repository alone, where a tag or a digest has no place, and a tag that may be empty. */
export function parseRepositoryAndTag(repository: string, tag: string): Reference {
  const { name, tag: extra, digest } = split(repository);
  if (extra !== undefined || digest !== undefined) throw malformed(repository, 'a repository has no tag or digest');
  if (tag !== '' && !tagGrammar.test(tag)) throw invalidArgument(`invalid tag: ${tag}`);
  return { ...parseRepository(name, repository), tag: tag || 'latest' };
}

/** `docker.io/library/nginx:latest`. With a digest the tag is left out: the digest alone decides. */
export function formatReference(reference: Reference): string {
  return repositoryOf(reference) + suffixOf(reference);
}

/** `docker.io/library/nginx` */
export function repositoryOf({ domain, path }: Reference): string {
  return `${domain}/${path}`;
}

/** The short form that people see: `nginx:latest`. */
export function formatFamiliar(reference: Reference): string {
  return familiarRepository(reference) + suffixOf(reference);
}

/** The short form of the repository: `nginx`. */
export function familiarRepository({ domain, path }: Reference): string {
  if (domain !== defaultDomain) return `${domain}/${path}`;
  const rest = path.startsWith(officialPrefix) ? path.slice(officialPrefix.length) : path;
  return rest.includes('/') ? path : rest;
}

/** Whether it may be the registry of a reference: `localhost:5000`. */
export function isDomain(text: string): boolean {
  return text.length <= maxName && domainGrammar.test(text);
}

function suffixOf({ tag, digest }: Reference): string {
  if (digest !== undefined) return `@${digest}`;
  return tag === undefined ? '' : `:${tag}`;
}

function split(text: string): { name: string; tag?: string; digest?: string } {
  const at = text.indexOf('@');
  const digest = at < 0 ? undefined : text.slice(at + 1);
  const rest = at < 0 ? text : text.slice(0, at);
  const colon = rest.lastIndexOf(':');
  if (colon < 0 || rest.indexOf('/', colon) >= 0) return { name: rest, digest };
  return { name: rest.slice(0, colon), tag: rest.slice(colon + 1), digest };
}

function parseRepository(name: string, text: string): { domain: string; path: string } {
  if (name === '') throw malformed(text, 'the name is missing');
  if (/^[0-9a-f]{64}$/.test(name)) throw malformed(text, 'a name cannot be 64 hex characters');
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  const hasDomain = first.includes('.') || first.includes(':') || first === 'localhost';
  const domain = !hasDomain || first === 'index.docker.io' ? defaultDomain : first;
  const rest = hasDomain ? name.slice(slash + 1) : name;
  if (!domainGrammar.test(domain)) throw malformed(text, `${domain} is not a registry`);
  if (/[A-Z]/.test(rest)) throw malformed(text, 'a repository must be lower case');
  if (!pathGrammar.test(rest)) throw malformed(text, `${rest || 'an empty string'} is not a repository`);
  const path = domain === defaultDomain && !rest.includes('/') ? officialPrefix + rest : rest;
  if (domain.length + 1 + path.length > maxName) throw malformed(text, `the name is longer than ${maxName} characters`);
  return { domain, path };
}

function malformed(text: string, why: string): Error {
  return invalidArgument(`invalid reference ${JSON.stringify(text)}: ${why}`);
}
