import { runWorker } from '@arcbox/lifecycle';
import { readCertificates } from './certificates.ts';
import { startWorker } from './worker.ts';

await runWorker('gateway', startWorker, readCertificates);
