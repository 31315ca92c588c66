import { unavailable } from '@arcbox/errors';
import type { ExecRequest } from '@arcbox/proto/arcbox/engine/v1/container';
import type { ExecCreateRequest } from '@arcbox/proto/arcbox/v1/container';
import { BoundedQueue } from '@arcbox/stream';
import type { Engine } from './connection.ts';
import { Exit } from './exit.ts';
import { write } from './output.ts';
import { followTerminalSize, pumpInput } from './standard-input.ts';
import { rawTerminal } from './terminal.ts';

/**
 * Runs a further process in a container, our streams being its own. Resolves
 * with its exit code, 0 when the user detached; one that cannot be run ends us
 * with 127 or 126.
 */
export async function execProcess(
  engine: Engine,
  request: ExecCreateRequest,
  detachKeys: readonly number[],
): Promise<number> {
  const input = new BoundedQueue<ExecRequest>(16);
  const detached = Promise.withResolvers<'detached'>();
  input.offer({ message: { $case: 'process', value: request } });
  using stack = new DisposableStack();
  const feed = (): void => {
    const { tty, attachStdin } = request;
    if (tty && attachStdin) stack.use(rawTerminal());
    if (tty) stack.use(followTerminalSize((value) => void input.offer({ message: { $case: 'resize', value } })));
    if (!attachStdin) return input.end();
    const target = {
      send: (data: Buffer) => input.push({ message: { $case: 'stdin', value: data } }),
      end: () => input.end(),
    };
    void pumpInput(target, detachKeys).then((typed) => typed === 'detach' && detached.resolve('detached'));
  };
  const ended = follow(engine, input, feed);
  // Whoever has detached leaves the call as it is: the connection breaks off as this process ends.
  ended.catch(() => {});
  const code = await Promise.race([ended, detached.promise]);
  return code === 'detached' ? 0 : code;
}

async function follow(engine: Engine, input: BoundedQueue<ExecRequest>, feed: () => void): Promise<number> {
  let code: number | undefined;
  try {
    for await (const { message } of engine.furtherContainers.exec(input)) {
      if (message?.$case === 'started') feed();
      else if (message?.$case === 'exitCode') code = message.value;
      else if (message) await write(process[message.value.stream === 'stderr' ? 'stderr' : 'stdout'], message.value.data);
    }
  } catch (error) {
    throw code === undefined ? error : new Exit(code, '', { cause: error });
  } finally {
    input.end();
  }
  if (code === undefined) throw unavailable('lost the process: the engine ended the call without an exit code');
  return code;
}
