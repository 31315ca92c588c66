export { openHost, type WorkerHost } from './host.ts';
export { runWorker, type StartWorker } from './run-worker.ts';
export { prepareDirectories } from './directories.ts';
