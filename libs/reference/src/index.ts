export {
  familiarRepository,
  formatFamiliar,
  formatReference,
  isDomain,
  parseReference,
  parseRepositoryAndTag,
  type Reference,
  repositoryOf,
} from './reference.ts';
