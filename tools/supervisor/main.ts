import { parseStartOptions, UsageError } from '../start-options.mjs';
import { messageOf } from '@arcbox/errors';

import { AlreadyRunning } from './lock.ts';
import { restartWorker } from './restart.ts';
import { stopRunning } from './stop.ts';
import { supervise } from './supervise.ts';

const commands = { start: supervise, stop: stopRunning, restart: restartWorker };

try {
  const options = parseStartOptions(process.argv.slice(2), process.env, process.getuid?.());
  if (options.command !== 'help') await commands[options.command](options);
  process.exit();
} catch (error) {
  const expected = error instanceof UsageError || error instanceof AlreadyRunning;
  console.error(expected || !process.env['ARCBOX_LOG'] ? messageOf(error) : error);
  process.exit(error instanceof UsageError ? 2 : 1);
}
