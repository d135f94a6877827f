// Measures every list, map, set and buffer that an object holds, at whatever depth, private fields included: what a device
// keeps in memory, without the device having to tell. Node's inspector shows private fields; nothing is changed by looking.

import { Session } from "node:inspector";

/**
 * Length of each container by the path to it: field names joined by dots, `[]` for the elements of a container. Of several
 * with one path, the longest. A buffer's path ends in ` bytes`.
 */
export type Sizes = Readonly<Record<string, number>>;

interface Found {
  path: string;
  value: object;
}

/** Objects looked at before the search is given up: a device has some hundred. */
const MOST = 20_000;

/**
 * @param roots where to begin, by name
 * @param stop objects that are not looked into: what belongs to the world, not to the firmware
 */
export function census(roots: Readonly<Record<string, object>>, stop: (object: object) => boolean): Sizes {
  const sizes: Record<string, number> = {};
  const seen = new Set<object>();
  const waiting: Found[] = Object.entries(roots).map(([path, value]) => ({ path, value }));
  const inspector = new Inspector();
  for (let found = waiting.pop(); found !== undefined && seen.size < MOST; found = waiting.pop()) {
    const { path, value } = found;
    if (seen.has(value) || stop(value)) continue;
    seen.add(value);
    const measured = ArrayBuffer.isView(value) ? `${path} bytes` : path;
    const length = lengthOf(value);
    if (length !== undefined) sizes[measured] = Math.max(sizes[measured] ?? 0, length);
    waiting.push(...parts(inspector, found));
  }
  inspector.close();
  return sizes;
}

function lengthOf(value: object): number | undefined {
  if (value instanceof Map || value instanceof Set) return value.size;
  if (Array.isArray(value)) return value.length;
  return ArrayBuffer.isView(value) ? value.byteLength : undefined;
}

/** What an object holds. */
function parts(inspector: Inspector, { path, value }: Found): Found[] {
  if (ArrayBuffer.isView(value)) return [];
  const elements = value instanceof Map || value instanceof Set || Array.isArray(value) ? [...value.values()] : [];
  const fields: [string, unknown][] = Array.isArray(value) ? [] : Object.entries(value);
  // Only an instance of a class has private fields; plain objects are most of all there are.
  if (Object.getPrototypeOf(value) !== Object.prototype) fields.push(...inspector.privateFields(value));
  return [
    ...elements.filter(isObject).map((element) => ({ path: `${path}[]`, value: element })),
    ...fields.flatMap(([name, field]) => (isObject(field) ? [{ path: `${path}.${name}`, value: field }] : [])),
  ];
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

/** A property as the inspector tells it. */
interface Property {
  name: string;
  value?: { objectId?: string; description?: string };
}

/** What the type of its answer leaves out. */
interface Properties {
  result: Property[];
  privateProperties?: Property[];
}

/** The realm whose globals the inspector sees; in a sandbox (jest) it is not this one. */
const realm = Session.constructor("return globalThis")() as Record<string, unknown>;
const GROUP = "simkeyCensus";

/** Node's inspector on this very thread. Its answers come at once. */
class Inspector {
  readonly #session = new Session();
  readonly #desk: { subject?: object; fields: unknown[] } = { fields: [] };

  constructor() {
    this.#session.connect();
    realm[GROUP] = this.#desk;
  }

  close(): void {
    delete realm[GROUP];
    this.#session.post("Runtime.releaseObjectGroup", { objectGroup: GROUP });
    this.#session.disconnect();
  }

  privateFields(subject: object): [string, unknown][] {
    const { privateProperties = [] } = this.#properties(this.#idOf(subject));
    return this.#fetch(privateProperties.filter(({ value }) => value?.objectId !== undefined));
  }

  #idOf(subject: object): string | undefined {
    this.#desk.subject = subject;
    let objectId: string | undefined;
    this.#session.post("Runtime.evaluate", { expression: `${GROUP}.subject`, objectGroup: GROUP }, (_, answer) => {
      objectId = answer?.result?.objectId;
    });
    return objectId;
  }

  #properties(objectId: string | undefined): Properties {
    let properties: Properties = { result: [] };
    if (objectId === undefined) return properties;
    this.#session.post("Runtime.getProperties", { objectId, ownProperties: true }, (error, answer) => {
      if (!error) properties = answer as Properties;
    });
    return properties;
  }

  /** The values themselves. */
  #fetch(properties: readonly Property[]): [string, unknown][] {
    const ids = properties.flatMap(({ value }) => (value?.objectId === undefined ? [] : [value.objectId]));
    if (ids.length === 0 || ids.length < properties.length) return [];
    this.#session.post("Runtime.callFunctionOn", {
      objectId: ids[0]!,
      functionDeclaration: `function (...fields) { ${GROUP}.fields = fields; }`,
      arguments: ids.map((objectId) => ({ objectId })),
    });
    return properties.map(({ name }, i) => [name, this.#desk.fields[i]]);
  }
}
