import { invalidArgument, notFound, unimplemented } from '@arcbox/errors';
import type { ImagesServiceImplementation } from '@arcbox/proto/containerd/services/images/v1/images';
import type { CallFields } from '@arcbox/rpc';
import type { NameRecord, Records } from './store/records.ts';
import { toContainerdImage } from './wire.ts';

/** containerd.services.images.v1.Images: the names under the images. */
export function containerdService({ names }: Records): ImagesServiceImplementation<CallFields> {
  return {
    async get({ name }) {
      if (name === '') throw invalidArgument('image name is missing');
      const record = names.get(name);
      if (!record) throw notFound(`image ${name}: not found`);
      return { image: toContainerdImage(record) };
    },

    async list({ filters }) {
      const matchers = filters.map(parseNameFilter);
      const matches = ({ id }: NameRecord): boolean => matchers.length === 0 || matchers.some((matcher) => matcher(id));
      return {
        images: names
          .all()
          .filter((name) => name.explicit && matches(name))
          .map(toContainerdImage),
      };
    },

    async create() {
      throw unimplemented('create is not implemented yet');
    },

    async update() {
      throw unimplemented('update is not implemented yet');
    },

    async delete() {
      throw unimplemented('delete is not implemented yet');
    },
  };
}

/** `name==x`, `name!=x`, `name~=regex`; values may be quoted. */
function parseNameFilter(filter: string): (name: string) => boolean {
  const [, operator, text] = /^name(==|!=|~=)("(?:[^"\\]|\\.)*"|[^",]*)$/.exec(filter) ?? [];
  if (operator === undefined || text === undefined) throw unimplemented(`filter ${filter} is not supported yet`);
  const value = unquote(text, filter);
  if (operator === '==') return (name) => name === value;
  if (operator === '!=') return (name) => name !== value;
  return compile(value, filter);
}

function unquote(text: string, filter: string): string {
  if (!text.startsWith('"')) return text;
  try {
    return JSON.parse(text) as string;
  } catch (error) {
    throw invalidArgument(`bad filter: ${filter}`, error);
  }
}

function compile(source: string, filter: string): (name: string) => boolean {
  try {
    const expression = new RegExp(source);
    return (name) => expression.test(name);
  } catch (error) {
    throw invalidArgument(`bad filter: ${filter}`, error);
  }
}
