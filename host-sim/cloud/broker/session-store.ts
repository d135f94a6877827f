// All sessions of a broker, and who gets a message. Filters are indexed by their first level, so that a fleet whose topics
// begin with the device's own id does not cost a look at every device for every message.

import type { QoS, Session } from "./session.js";

const WILDCARDS = "";

export class SessionStore {
  readonly #sessions = new Map<string, Session>();
  /** Sessions by the first level of one of their filters; under `WILDCARDS` those that begin with a wildcard. */
  readonly #byFirstLevel = new Map<string, Map<Session, number>>();

  get(clientId: string): Session | undefined {
    return this.#sessions.get(clientId);
  }

  add(session: Session): void {
    this.#sessions.set(session.clientId, session);
  }

  remove(session: Session): void {
    for (const filter of session.filters) this.#unindex(session, filter);
    if (this.#sessions.get(session.clientId) === session) this.#sessions.delete(session.clientId);
  }

  /** @returns false when the session holds as many subscriptions as it may */
  subscribe(session: Session, filter: string, qos: QoS): boolean {
    const known = session.holds(filter);
    if (!session.subscribe(filter, qos)) return false;
    if (known) return true;
    const key = keyOf(filter);
    let holders = this.#byFirstLevel.get(key);
    if (holders === undefined) {
      holders = new Map();
      this.#byFirstLevel.set(key, holders);
    }
    holders.set(session, (holders.get(session) ?? 0) + 1);
    return true;
  }

  unsubscribe(session: Session, filter: string): void {
    if (!session.holds(filter)) return;
    this.#unindex(session, filter);
    session.unsubscribe(filter);
  }

  /** Sessions with a subscription to `topic`, each once, with the QoS granted. */
  *subscribersOf(topic: string): Iterable<{ session: Session; granted: QoS }> {
    const first = topic.split("/", 1)[0]!;
    const direct = this.#byFirstLevel.get(first === WILDCARDS ? "/" : first);
    const wild = this.#byFirstLevel.get(WILDCARDS);
    for (const holders of [direct, wild]) {
      for (const session of holders?.keys() ?? []) {
        if (holders === wild && direct?.has(session)) continue;
        const granted = session.grantedFor(topic);
        if (granted !== undefined) yield { session, granted };
      }
    }
  }

  #unindex(session: Session, filter: string): void {
    const key = keyOf(filter);
    const holders = this.#byFirstLevel.get(key);
    const left = (holders?.get(session) ?? 0) - 1;
    if (left > 0) holders?.set(session, left);
    else holders?.delete(session);
    if (holders?.size === 0) this.#byFirstLevel.delete(key);
  }
}

/** First level of a filter; an empty one, which a leading slash makes, is `/`, so that it differs from `WILDCARDS`. */
function keyOf(filter: string): string {
  const first = filter.split("/", 1)[0]!;
  if (first === "+" || first === "#") return WILDCARDS;
  return first === "" ? "/" : first;
}
