import { discard } from './body.ts';
import { headerOf, type RemoteRepository } from './repository.ts';
import type { HttpAnswer, HttpRequest } from './transport.ts';

/** Where a request goes: a path of the repository, or what an answer has pointed to. */
export type UploadTarget = { readonly path: string } | { readonly location: string };

const maxRedirects = 5;

/** Scope of the token for a push. */
const actions = 'pull,push';

/** One request of a push. Redirects that keep method and body are followed; all else is answered as it comes. */
export async function requestUpload(
  repository: RemoteRepository,
  target: UploadTarget,
  options: HttpRequest,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const scope = { signal, actions };
  let answer = await ('path' in target
    ? repository.request(target.path, options, scope)
    : repository.requestAt(target.location, options, scope));
  for (let hop = 0; hop < maxRedirects && (answer.statusCode === 307 || answer.statusCode === 308); hop++) {
    const location = headerOf(answer, 'location');
    if (location === undefined) return answer;
    await discard(answer.body);
    answer = await repository.requestAt(location, options, scope);
  }
  return answer;
}
