import { createLogger } from './logger.ts';

// Run by the test with a full disk as its output.
const log = createLogger({ level: 'info', fields: {} });
for (let line = 0; line < 3; line++) log.info(`line ${line}`);
setTimeout(() => process.exit(5), 20);
