import { invalidArgument } from '@arcbox/errors';
import type { Wish } from './create.ts';

/** As sethostname(2) and DNS have it. */
const hostnamePattern = /^[a-zA-Z0-9]([a-zA-Z0-9.-]{0,62}[a-zA-Z0-9])?$/;

/** execve(2): one argument or variable, with its final zero, has at most 32 pages. */
const longestArgument = 32 * 4096 - 1;

/** Refuses texts that could never reach the container as they are. INVALID_ARGUMENT says which. */
export function checkTexts(wish: Wish): void {
  const { image, hostname, env, cmd, entrypoint, labels, user } = wish;
  if (image === '') throw invalidArgument('an image is needed');
  if (hostname !== '' && !hostnamePattern.test(hostname)) throw invalidArgument(`invalid hostname: ${hostname}`);
  const badName = Object.keys(env).find((name) => name === '' || name.includes('='));
  if (badName !== undefined) throw invalidArgument(`invalid environment variable name: "${badName}"`);
  if (Object.keys(labels).includes('')) throw invalidArgument('a label needs a name');
  if (user.split(':').length > 2) throw invalidArgument(`not a user: ${user}`);
  checkZeros(wish);
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  if ([...cmd, ...entrypoint, ...variables].some((text) => Buffer.byteLength(text) > longestArgument)) {
    throw invalidArgument(`no argument or variable can be longer than ${longestArgument} bytes`);
  }
}

/** The kernel ends strings at a zero byte; nobody would get what they asked for. */
function checkZeros(wish: Wish): void {
  const { image, cmd, entrypoint, env, workingDir, user, mounts, labels, networkMode } = wish;
  const texts: { readonly [field: string]: readonly string[] } = {
    image: [image],
    cmd,
    entrypoint,
    env: Object.entries(env).flat(),
    working_dir: [workingDir],
    user: [user],
    mounts: mounts.flatMap(({ type, source, target }) => [type, source, target]),
    labels: Object.entries(labels).flat(),
    network_mode: [networkMode],
  };
  const [field] = Object.entries(texts).find(([, values]) => values.some((value) => value.includes('\0'))) ?? [];
  if (field !== undefined) throw invalidArgument(`${field} cannot contain a zero byte`);
}
