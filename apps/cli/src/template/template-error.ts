/** A template that cannot be read, or that does not fit what it is applied to. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}
