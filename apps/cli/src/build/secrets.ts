import { readFileSync } from 'node:fs';
import { invalidArgument } from '@arcbox/errors';
import { cannot } from '../file-failure.ts';

/** More is no secret but a file. */
const most = 500 * 1024;

/** `id=x,src=path`, `id=x,env=NAME`, or `id=x`, which is the variable x, else the file x. */
export function readSecrets(
  options: readonly string[],
  variable: (name: string) => string | undefined,
): Record<string, Buffer> {
  return Object.fromEntries(options.map((option) => readSecret(option, variable)));
}

function readSecret(option: string, variable: (name: string) => string | undefined): [id: string, content: Buffer] {
  const fields = new Map(
    option.split(',').map((part): [string, string] => {
      const at = part.indexOf('=');
      if (at < 1) throw invalidArgument(`cannot read secret ${option}: write id=NAME,src=FILE or id=NAME,env=VARIABLE`);
      return [part.slice(0, at).trim().toLowerCase(), part.slice(at + 1)];
    }),
  );
  const field = (...names: string[]): string | undefined => names.map((name) => fields.get(name)).find(Boolean);
  const known = ['id', 'type', 'src', 'source', 'env'];
  const unknown = [...fields.keys()].find((name) => !known.includes(name));
  if (unknown) throw invalidArgument(`cannot read secret ${option}: there is no field ${unknown}`);
  const [id, type, source] = [field('id'), field('type') ?? '', field('src', 'source')];
  if (!id) throw invalidArgument(`cannot read secret ${option}: id is missing`);
  if (!['', 'file', 'env'].includes(type)) throw invalidArgument(`cannot read secret ${option}: type is file or env`);
  const name = field('env') ?? (type === 'env' ? (source ?? id) : undefined);
  return [id, name === undefined ? fromFile(id, type, source, variable) : fromVariable(id, name, variable)];
}

function fromFile(
  id: string,
  type: string,
  source: string | undefined,
  variable: (name: string) => string | undefined,
): Buffer {
  const value = source === undefined && type === '' ? variable(id) : undefined;
  const content = value === undefined ? readFile(source ?? id) : Buffer.from(value);
  if (content.length > most) throw invalidArgument(`secret ${id} is larger than ${most} bytes`);
  return content;
}

function fromVariable(id: string, name: string, variable: (name: string) => string | undefined): Buffer {
  const value = variable(name);
  if (value === undefined) throw invalidArgument(`secret ${id}: the environment has no ${name}`);
  return Buffer.from(value);
}

function readFile(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw cannot('read secret', path, error);
  }
}
