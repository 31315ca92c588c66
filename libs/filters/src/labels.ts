type Labels = { readonly [name: string]: string };

/**
 * The labels that a filter names: `name` or `name=value`, with commas between.
 * A value may have commas of its own; `labels`, those of the thing in question,
 * tell where it ends.
 */
export function* labelsIn(list: string, labels: Labels = {}): Generator<string, void, undefined> {
  for (let at = 0; at < list.length; at += 1) {
    while (list[at] === ' ') at += 1;
    const own = ownLabelAt(list, at, labels);
    const label = own ?? pieceAt(list, at);
    if (label !== '') yield own ?? label.trimEnd();
    at += label.length;
  }
}

function pieceAt(list: string, at: number): string {
  const comma = list.indexOf(',', at);
  return list.slice(at, comma < 0 ? undefined : comma);
}

/** The label `name=value` of the thing itself that a list has at a place. */
function ownLabelAt(list: string, at: number, labels: Labels): string | undefined {
  const [name = '', ...value] = pieceAt(list, at).split('=');
  if (value.length === 0 || !Object.hasOwn(labels, name)) return undefined;
  const label = `${name}=${labels[name]}`;
  const isWhole = [',', undefined].includes(list[at + label.length]);
  return isWhole && list.startsWith(label, at) ? label : undefined;
}

/** Whether a thing has a label: `name` or `name=value`. */
export function hasLabel(labels: Labels, wanted: string): boolean {
  const at = wanted.indexOf('=');
  if (at < 0) return Object.hasOwn(labels, wanted);
  const name = wanted.slice(0, at);
  return Object.hasOwn(labels, name) && labels[name] === wanted.slice(at + 1);
}

/** Whether a thing has all the labels that a filter names; nothing has those of a filter that names none. */
export function hasLabels(labels: Labels, list: string): boolean {
  let isAny = false;
  for (const label of labelsIn(list, labels)) {
    if (!hasLabel(labels, label)) return false;
    isAny = true;
  }
  return isAny;
}
