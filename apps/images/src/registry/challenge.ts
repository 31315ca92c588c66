/** One challenge of a WWW-Authenticate header: RFC 9110, 11.6.1. */
export interface Challenge {
  /** Lower case: `basic`, `bearer`. */
  readonly scheme: string;
  readonly parameters: { readonly [name: string]: string };
}

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const parameter = new RegExp(`^\\s*,?\\s*(${token})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|(${token}))`);
const scheme = new RegExp(`^\\s*,?\\s*(${token})(?=\\s|,|$)`);

export function parseChallenges(header: string): Challenge[] {
  const challenges: Challenge[] = [];
  for (let rest = header; rest.trim() !== '';) {
    const name = scheme.exec(rest);
    if (!name) break;
    rest = rest.slice(name[0].length);
    const parameters: Record<string, string> = {};
    for (let match; (match = parameter.exec(rest)); rest = rest.slice(match[0].length)) {
      parameters[(match[1] ?? '').toLowerCase()] = match[2]?.replace(/\\(.)/g, '$1') ?? match[3] ?? '';
    }
    challenges.push({ scheme: (name[1] ?? '').toLowerCase(), parameters });
  }
  return challenges;
}
