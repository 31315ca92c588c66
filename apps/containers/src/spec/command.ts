import { invalidArgument } from '@arcbox/errors';

/** What a request says. */
export interface CommandRequest extends Command {
  /** Drop the image's entrypoint though there is no other. */
  readonly clearEntrypoint?: boolean | undefined;
}

export interface Command {
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
}

/**
 * What runs: the request's parts where given, else the image's. Another
 * entrypoint drops the image's cmd, which were arguments for the old one.
 */
export function chooseCommand(request: CommandRequest, image: Command): Command {
  const isReplaced = request.entrypoint.length > 0 || request.clearEntrypoint === true;
  const entrypoint = isReplaced ? request.entrypoint : image.entrypoint;
  const inherited = isReplaced ? [] : image.cmd;
  const cmd = request.cmd.length > 0 ? request.cmd : inherited;
  if (entrypoint.length + cmd.length === 0) throw invalidArgument('no command specified');
  return { entrypoint, cmd };
}

export function argumentsOf({ entrypoint, cmd }: Command): string[] {
  return [...entrypoint, ...cmd];
}
