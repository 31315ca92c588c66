export { bytesText } from './bytes-text.ts';
export { diagnoseHost } from './diagnose-host.ts';
export { findProgram, isIndispensable, missingPrograms, programDirectories, sayMissing } from './find-program.ts';
export { type Area, areas, type Finding, reporterOf, type Severity } from './finding.ts';
export { HostTree } from './host-tree.ts';
export { presenceOf } from './kernel-feature.ts';
export type { NeededProgram } from './programs.mjs';
