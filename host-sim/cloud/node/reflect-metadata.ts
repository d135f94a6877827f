// The three functions of the "reflect-metadata" proposal that @peculiar/x509's dependency container calls. It refuses to load
// without them, so this module is to be imported before it.

const metadata = new WeakMap<object, Map<unknown, unknown>>();

const read = (key: unknown, target: object): unknown => metadata.get(target)?.get(key);

const POLYFILL = {
  defineMetadata(key: unknown, value: unknown, target: object): void {
    const own = metadata.get(target) ?? new Map<unknown, unknown>();
    metadata.set(target, own.set(key, value));
  },
  getOwnMetadata: read,
  getMetadata(key: unknown, target: object): unknown {
    for (let at: object | null = target; at !== null; at = Object.getPrototypeOf(at)) {
      if (metadata.get(at)?.has(key)) return read(key, at);
    }
    return undefined;
  },
};

if (!("getMetadata" in Reflect)) Object.assign(Reflect, POLYFILL);
