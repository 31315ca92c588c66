import { createHash } from 'node:crypto';
import { Agent } from 'undici';
import { secureContextOf, type Trust } from './trust.ts';

/** Ways of trusting whose connections are kept; few hosts need one of their own. */
const maxAgents = 16;

/** Connections to one host. */
const connections = 8;

/**
 * Pools of connections, one for each way of trusting. Those used least recently
 * give way to new ones; what they have under way they finish.
 */
export class Agents implements AsyncDisposable {
  readonly #agents = new Map<string, Agent>();
  readonly #leaving = new Set<Agent>();

  /** `timeout` is for connecting; milliseconds. */
  get(trust: Trust, timeout: number): Agent {
    const key = keyOf(trust, timeout);
    const agent = this.#agents.get(key) ?? makeAgent(trust, timeout);
    // At the end of the map are those used last.
    this.#agents.delete(key);
    this.#agents.set(key, agent);
    for (const [oldKey, old] of this.#agents) {
      if (this.#agents.size <= maxAgents) break;
      this.#agents.delete(oldKey);
      this.#leave(old);
    }
    return agent;
  }

  get size(): number {
    return this.#agents.size;
  }

  #leave(agent: Agent): void {
    this.#leaving.add(agent);
    const forget = (): boolean => this.#leaving.delete(agent);
    void agent.close().then(forget, forget);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#agents.values(), ...this.#leaving].map((agent) => agent.destroy()));
  }
}

function makeAgent(trust: Trust, timeout: number): Agent {
  const { verify, ca, clients } = trust;
  // Without anything to check or to show there is no need to read all authorities.
  const isCareless = !verify && ca.length === 0 && clients.length === 0;
  const secureContext = isCareless ? undefined : secureContextOf(trust);
  return new Agent({ connections, connect: { timeout, rejectUnauthorized: verify, secureContext } });
}

/** A digest: keys of clients are secrets that need not be kept twice. */
function keyOf(trust: Trust, timeout: number): string {
  return createHash('sha256').update(JSON.stringify([trust.verify, trust.ca, trust.clients, timeout])).digest('base64');
}
