// JSON from outside that is there as a whole (RFC 8259 §9: an implementation may set limits). XS's own JSON.parse is not for it:
// it recurses as deep as the text says, and keeps the name of every member for good. Here only members that the caller names come
// into being; of all others the grammar is checked.

import { Collector } from "./collector.js";
import { type JsonKind, JsonReader } from "./json-reader.js";
import { knownKey } from "./known.js";
import { fromUtf8, latin1 } from "./utf8.js";

export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;
export type JsonObject = { [name: string]: JsonValue };

export interface JsonLimits {
  /** Most bytes of the whole text. */
  bytes: number;
  /** Most containers within each other; 1 is an object of plain values. */
  depth: number;
}

/** Enough for a command or a claim set. */
export const JSON_LIMITS: JsonLimits = { bytes: 4096, depth: 8 };
/** Most values in a list. */
export const JSON_LIST_LIMIT = 32;

/**
 * What is read of a member: `plain`, a string, number, boolean or null; `list`, a list of such; or members of its own, by name.
 * A value of another kind comes too, so that it can be refused, but a container that is not asked for comes empty.
 */
export type JsonShape = "plain" | "list" | JsonNames;
/** Members to be read, by name: constants of the program, never names from outside. */
export interface JsonNames {
  readonly [name: string]: JsonShape;
}
/** What was read. Which kind of value it is, is not checked; a member that was not sent is not there. */
export type JsonRead<T extends JsonNames> = { [K in keyof T]?: JsonValue };

/**
 * Reads a UTF-8 JSON text that is one object. Of two members of one name the last counts.
 * @param names what to read
 * @param onOther told the names of the outermost members that are not read, in bytes one to one, cut at `JSON_NAME_LIMIT`
 * @throws RangeError past a limit or for ill-formed UTF-8 in what is read; SyntaxError for what is no JSON object
 */
export function readJson<const T extends JsonNames>(
  text: Uint8Array,
  names: T,
  limits: JsonLimits = JSON_LIMITS,
  onOther?: (name: string) => void,
): JsonRead<T> {
  if (text.length > limits.bytes) throw new RangeError(`JSON: longer than ${limits.bytes} bytes`);
  const reader = new MemberReader(names, text.length, limits.depth, onOther);
  reader.push(text);
  reader.end();
  return reader.root as JsonRead<T>;
}

/** True for a JSON object: neither null, nor an array, nor a plain value. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A container that is being read. */
interface Level {
  /** Where its values go, and what they are to be. */
  into: JsonObject | JsonValue[];
  names: JsonNames | undefined;
  /** The member whose value comes next, by the caller's name for it; undefined in a list, and where it is not read. */
  name: string | undefined;
}

class MemberReader extends JsonReader {
  readonly root: JsonObject = {};
  /** Open containers that are read; the reader's depth is greater within one that is not. */
  readonly #levels: Level[];
  /** The value so far. */
  readonly #value: Collector;
  readonly #onOther: ((name: string) => void) | undefined;

  constructor(names: JsonNames, length: number, deepest: number, onOther: ((name: string) => void) | undefined) {
    super(deepest);
    this.#levels = [{ into: this.root, names, name: undefined }];
    this.#value = new Collector(length);
    this.#onOther = onOther;
  }

  /** The innermost container, if what stands in it now is read. */
  private get level(): Level | undefined {
    const level = this.depth === this.#levels.length ? this.#levels.at(-1) : undefined;
    return level?.names === undefined || level.name !== undefined ? level : undefined;
  }

  protected override onName(name: string, whole: boolean): void {
    const level = this.depth > 0 ? this.#levels[this.depth - 1] : undefined;
    if (level?.names === undefined) return;
    level.name = whole ? knownKey(level.names, name) : undefined;
    if (level.name === undefined && this.depth === 1) this.#onOther?.(name);
  }

  protected override onPiece(piece: Uint8Array): void {
    if (this.level !== undefined) this.#value.add(piece);
  }

  protected override onValue(kind: JsonKind, isList: boolean): void {
    if (this.level === undefined) return;
    if (kind !== "container") this.put(plain(this.#value.bytes, kind));
    else this.put(isList ? [] : {});
    this.#value.clear();
  }

  /** A value, or a container that has begun, of the innermost level. */
  private put(value: JsonValue): void {
    const { into, names, name } = this.level!;
    if (name !== undefined) (into as JsonObject)[name] = value;
    else if ((into as JsonValue[]).push(value) > JSON_LIST_LIMIT) {
      throw new RangeError(`JSON: a list of more than ${JSON_LIST_LIMIT} values`);
    }
    const shape = name === undefined ? "plain" : names![name]!;
    if (Array.isArray(value)) {
      if (shape === "list") this.#levels.push({ into: value, names: undefined, name: undefined });
    } else if (isJsonObject(value) && typeof shape === "object") {
      this.#levels.push({ into: value, names: shape, name: undefined });
    }
  }

  protected override onClosed(): void {
    if (this.#levels.length > this.depth) this.#levels.pop();
  }
}

/** A plain value. */
function plain(bytes: Uint8Array, kind: JsonKind): JsonValue {
  if (kind === "string") {
    const text = fromUtf8(bytes);
    if (text === undefined) throw new RangeError("JSON: ill-formed UTF-8");
    return text;
  }
  if (kind === "null") return null;
  return kind === "number" ? Number(latin1(bytes)) : bytes[0] === 0x74;
}
