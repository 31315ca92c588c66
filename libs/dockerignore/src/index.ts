export { type Ignore, parseIgnore } from './ignore.ts';
export { parsePattern, type Pattern } from './pattern.ts';
