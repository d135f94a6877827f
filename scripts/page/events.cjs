// As much of `events` as mqtt-packet's parser and generator have.

class EventEmitter {
  #listeners = new Map();

  on(name, listener) {
    this.#listeners.set(name, [...(this.#listeners.get(name) ?? []), listener]);
    return this;
  }

  emit(name, ...args) {
    const those = this.#listeners.get(name) ?? [];
    if (those.length === 0 && name === "error") throw args[0];
    for (const listener of those) listener.apply(this, args);
    return those.length > 0;
  }
}

module.exports = EventEmitter;
EventEmitter.EventEmitter = EventEmitter;
