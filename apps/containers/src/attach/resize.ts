import { failedPrecondition, invalidArgument } from '@arcbox/errors';
import type { TerminalSize } from '@arcbox/linux';
import { requireRunning } from '../record/container.ts';
import type { Containers } from '../record/containers.ts';
import type { Places } from '../record/places.ts';
import { Bundle } from '../runtime/bundle.ts';
import { tellMonitor } from '../runtime/control.ts';

/** As struct winsize has it. */
const largest = 0xffff;

/** Sets the size of a running container's terminal. */
export async function resizeTerminal(
  { containers, places }: { containers: Containers; places: Places },
  reference: string,
  { height, width }: TerminalSize,
): Promise<void> {
  const { id, name, config } = requireRunning(containers.find(reference));
  if (!config.tty) throw failedPrecondition(`container ${name} has no terminal`);
  if (![height, width].every((size) => size > 0 && size <= largest)) {
    throw invalidArgument(`a terminal of ${height} rows and ${width} columns is not possible`);
  }
  // Winsize: conmon(8), "Control".
  if (!(await tellMonitor(new Bundle(places.bundle(id)).control, `1 ${height} ${width}`))) {
    throw failedPrecondition(`container ${name} is not running`);
  }
}
