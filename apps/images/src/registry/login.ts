import { failedPrecondition } from '@arcbox/errors';
import type { RegistryAccess } from './access.ts';
import { errorOf } from './answer-error.ts';
import { discard } from './body.ts';
import type { Login } from './credentials.ts';
import { retrying } from './transient.ts';

/**
 * Shows credentials to their registry and returns the token to be used instead
 * of the password, where its token server gives one, else nothing.
 * UNAUTHENTICATED when it refuses them.
 */
export async function login(
  registry: RegistryAccess,
  { domain, credentials }: Login,
  signal: AbortSignal,
): Promise<string> {
  const session = registry.loginTo(domain, credentials);
  if (!session) throw failedPrecondition(`the hosts.toml for ${domain} names other hosts only: a login is not for them`);
  return retrying(registry.retries, signal, async () => {
    const answer = await session.request('/', {}, { what: 'its API', scope: '', signal });
    if (answer.statusCode !== 200) throw await errorOf(answer, domain, 'its API');
    await discard(answer.body);
    return session.authenticator.identityToken;
  });
}
