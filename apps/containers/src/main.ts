import { runWorker } from '@arcbox/lifecycle';
import { startWorker } from './worker.ts';

await runWorker('containers', startWorker);
