/** Options that mount an overlay for reading only, what was written as the topmost of the lower directories. */
export function readOnlyOptions(options: readonly string[]): string[] {
  return ['ro', `lowerdir=${valueOf(options, 'upperdir')}:${valueOf(options, 'lowerdir')}`, ...otherOptions(options)];
}

/** Options that mount what is below the writable part; they need at least two lower directories. */
export function lowerOptions(options: readonly string[]): string[] {
  return ['ro', `lowerdir=${valueOf(options, 'lowerdir')}`, ...otherOptions(options)];
}

/** Value of an option such as `upperdir`; empty when there is none. */
export function valueOf(options: readonly string[], name: string): string {
  return options.find((option) => option.startsWith(`${name}=`))?.slice(name.length + 1) ?? '';
}

const otherOptions = (options: readonly string[]): string[] =>
  options.filter((option) => !/^(?:lowerdir|upperdir|workdir)=/.test(option));
