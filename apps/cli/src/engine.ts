import { type ClientConfig, readClientConfig } from '@arcbox/config';
import type { Command } from 'commander';
import type { Engine, TlsFiles } from './connection.ts';
import { type Endpoint, parseHost } from './host.ts';

/** Options that stand before the command. */
export interface GlobalOptions {
  readonly host?: string;
  readonly tls?: boolean;
  readonly tlsverify?: boolean;
  readonly tlscacert?: string;
  readonly tlscert?: string;
  readonly tlskey?: string;
}

/** Where `--host`, ARCBOX_HOST or ARCBOX_ROOT say that the gateway is. */
export function endpointOf({ host }: GlobalOptions, config: ClientConfig = readClientConfig()): Endpoint {
  const text = host || config.host;
  return text ? parseHost(text) : { kind: 'unix', path: config.paths.gatewaySocket };
}

/** Runs `use` with a connection to the engine that the command's options name. */
export async function withEngine<Result>(command: Command, use: (engine: Engine) => Promise<Result>): Promise<Result> {
  const options = command.optsWithGlobals<GlobalOptions>();
  const endpoint = endpointOf(options);
  // Loading gRPC takes longer than all the rest; help and completion do without.
  const { connect } = await import('./connection.ts');
  using engine = connect(endpoint, tlsOf(options));
  return await use(engine);
}

function tlsOf({ tls, tlsverify, tlscacert, tlscert, tlskey }: GlobalOptions): TlsFiles | undefined {
  if (!tls && !tlsverify && !tlscacert && !tlscert && !tlskey) return undefined;
  // As docker: --tls alone encrypts, an authority or --tlsverify also verifies.
  return { ca: tlscacert, cert: tlscert, key: tlskey, verify: Boolean(tlsverify || tlscacert) };
}
