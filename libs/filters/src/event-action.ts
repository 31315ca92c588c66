/** Attributes that say more about an action. */
const details: Readonly<Record<string, string>> = {
  health_status: 'health_status',
  exec_create: 'execCommand',
  exec_start: 'execCommand',
};

/**
 * An action of an event as Docker writes it, with its details: `health_status:
 * healthy`, `exec_create: sh -c true`. Ours are single words, which subjects of
 * the bus can name; the details are attributes.
 */
export function actionWithDetail(action: string, attributes: { readonly [name: string]: string } = {}): string {
  const name = details[action];
  const detail = name === undefined ? undefined : attributes[name];
  return detail === undefined ? action : `${action}: ${detail}`;
}
