import { runWorker } from '@arcbox/lifecycle';
import { prepare } from './prepare.ts';
import { startWorker } from './worker.ts';

await runWorker('gateway', startWorker, prepare);
