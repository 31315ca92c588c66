import { invalidArgument } from '@arcbox/errors';

export interface Command {
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
}

/**
 * What runs: the request's parts where given, else the image's. Another
 * entrypoint drops the image's cmd, which were arguments for the old one.
 */
export function chooseCommand(request: Command, image: Command): Command {
  const entrypoint = request.entrypoint.length > 0 ? request.entrypoint : image.entrypoint;
  const inherited = request.entrypoint.length > 0 ? [] : image.cmd;
  const cmd = request.cmd.length > 0 ? request.cmd : inherited;
  if (entrypoint.length + cmd.length === 0) throw invalidArgument('no command specified');
  return { entrypoint, cmd };
}

export function argumentsOf({ entrypoint, cmd }: Command): string[] {
  return [...entrypoint, ...cmd];
}
