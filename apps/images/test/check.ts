import type { StoreProblem, StoreSummary } from '@arcbox/proto/arcbox/engine/v1/image';
import type { Replica } from './engine.ts';

/** What `Check` says of the store. */
export async function checkStore(
  { imageStore }: Pick<Replica, 'imageStore'>,
  { verifyContent = true }: { verifyContent?: boolean } = {},
): Promise<{ problems: StoreProblem[]; summary?: StoreSummary }> {
  const problems: StoreProblem[] = [];
  for await (const { finding } of imageStore.check({ verifyContent })) {
    if (finding?.$case === 'problem') problems.push(finding.value);
    else if (finding) return { problems, summary: finding.value };
  }
  return { problems };
}
