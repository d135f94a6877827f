// Measures every list, map, set and buffer that an object holds, at whatever depth, private fields included: what a device
// keeps in memory, without the device having to tell. Node's inspector shows private fields; nothing is changed by looking.

import { Session } from "node:inspector";
import type { Sizes } from "./sizes.js";

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
  const inspector = new Inspector();
  let level: Found[] = Object.entries(roots).map(([path, value]) => ({ path, value }));
  while (level.length > 0 && seen.size < MOST) {
    const fresh: Found[] = [];
    for (const found of level) {
      const { path, value } = found;
      if (seen.has(value) || stop(value)) continue;
      seen.add(value);
      const measured = ArrayBuffer.isView(value) ? `${path} bytes` : path;
      const length = lengthOf(value);
      if (length !== undefined) sizes[measured] = Math.max(sizes[measured] ?? 0, length);
      if (!ArrayBuffer.isView(value)) fresh.push(found);
    }
    // All of a level at once: each question to the inspector has its price.
    const hidden = inspector.privateFields(fresh.map(({ value }) => value));
    level = fresh.flatMap((found, i) => parts(found, hidden[i]!));
  }
  inspector.close();
  return sizes;
}

function lengthOf(value: object): number | undefined {
  if (value instanceof Map || value instanceof Set) return value.size;
  if (Array.isArray(value)) return value.length;
  return ArrayBuffer.isView(value) ? value.byteLength : undefined;
}

/** What an object holds. @param hidden its private fields */
function parts({ path, value }: Found, hidden: readonly [string, unknown][]): Found[] {
  const elements = value instanceof Map || value instanceof Set || Array.isArray(value) ? [...value.values()] : [];
  const fields: [string, unknown][] = Array.isArray(value) ? [] : Object.entries(value);
  return [
    ...elements.filter(isObject).map((element) => ({ path: `${path}[]`, value: element })),
    ...[...fields, ...hidden].flatMap(([name, field]) =>
      isObject(field) ? [{ path: `${path}.${name}`, value: field }] : [],
    ),
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

/** Classes, by prototype, whose instances were seen to have no private fields: they are not asked for them again. */
const open = new WeakSet<object>([Object.prototype, Array.prototype, Map.prototype, Set.prototype, Function.prototype]);

/** Node's inspector on this very thread. Its answers come at once. */
class Inspector {
  readonly #session = new Session();
  readonly #desk: { subjects: readonly object[]; fields: unknown[] } = { subjects: [], fields: [] };

  constructor() {
    this.#session.connect();
    realm[GROUP] = this.#desk;
  }

  close(): void {
    delete realm[GROUP];
    this.#session.post("Runtime.releaseObjectGroup", { objectGroup: GROUP });
    this.#session.disconnect();
  }

  /** The private fields of each object that hold objects. */
  privateFields(objects: readonly object[]): [string, unknown][][] {
    const closed = objects.filter((object) => {
      const of = Object.getPrototypeOf(object) as object | null;
      return of !== null && !open.has(of);
    });
    const ids = this.#idsOf(closed);
    const found = closed.flatMap((object, i) => {
      const { privateProperties = [] } = this.#properties(ids[i]);
      if (privateProperties.length === 0) open.add(Object.getPrototypeOf(object) as object);
      return privateProperties.flatMap(({ name, value }) =>
        value?.objectId === undefined ? [] : [{ object, name, id: value.objectId }],
      );
    });
    const values = this.#fetch(found.map(({ id }) => id));
    const fields = new Map<object, [string, unknown][]>(closed.map((object) => [object, []]));
    for (const [i, { object, name }] of found.entries()) fields.get(object)!.push([name, values[i]]);
    return objects.map((object) => fields.get(object) ?? []);
  }

  /** What the inspector calls each object. */
  #idsOf(subjects: readonly object[]): (string | undefined)[] {
    if (subjects.length === 0) return [];
    this.#desk.subjects = subjects;
    let list: string | undefined;
    this.#session.post("Runtime.evaluate", { expression: `${GROUP}.subjects`, objectGroup: GROUP }, (_, answer) => {
      list = answer?.result?.objectId;
    });
    const byIndex = new Map(this.#properties(list).result.map(({ name, value }) => [name, value?.objectId]));
    return subjects.map((__, i) => byIndex.get(String(i)));
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
  #fetch(ids: readonly string[]): readonly unknown[] {
    if (ids.length === 0) return [];
    this.#session.post("Runtime.callFunctionOn", {
      objectId: ids[0]!,
      functionDeclaration: `function (...fields) { ${GROUP}.fields = fields; }`,
      arguments: ids.map((objectId) => ({ objectId })),
    });
    return this.#desk.fields;
  }
}
