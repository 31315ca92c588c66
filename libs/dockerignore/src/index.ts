export { type Ignore, parseIgnore } from './ignore.ts';
