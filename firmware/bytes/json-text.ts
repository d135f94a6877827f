// JSON of values that are the program's own, within bounds: JSON.stringify writes whatever it is given, however much,
// makes null of NaN, and recurses as deep as the value does.

import { utf8Length } from "./utf8.js";

/** A value that is no JSON, or too much of it. */
export class JsonTextError extends RangeError {}

export interface TextLimits {
  /** Most bytes of the whole text as UTF-8. */
  bytes: number;
  /** Most containers within each other. */
  depth: number;
}

/**
 * The text of a value: null, booleans, finite numbers, well-formed strings, lists and objects of such. Members that are undefined
 * are left out; only own and inherited enumerable members with string names are seen.
 * @throws JsonTextError that says what is wrong with the value; whatever a getter throws
 */
export function jsonText(value: unknown, { bytes, depth }: TextLimits): string {
  const text = write(value, bytes, depth);
  if (utf8Length(text) > bytes) throw tooLong();
  return text;
}

const tooLong = () => new JsonTextError("is too long");

const isWellFormed = (text: string) => {
  try {
    return utf8Length(text) >= 0;
  } catch {
    return false;
  }
};

/** @param room most characters; a text of more is given up at once */
function write(value: unknown, room: number, depth: number): string {
  if (room < 0) throw tooLong();
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new JsonTextError(`is ${value}`);
    return String(value);
  }
  if (typeof value === "string") return quoted(value, room);
  if (typeof value !== "object") throw new JsonTextError(`is of type ${typeof value}`);
  if (depth === 0) throw new JsonTextError("is nested too deep");
  return Array.isArray(value) ? list(value, room, depth) : object(value as Record<string, unknown>, room, depth);
}

function quoted(text: string, room: number): string {
  if (text.length > room) throw tooLong();
  if (!isWellFormed(text)) throw new JsonTextError("holds a lone surrogate");
  return JSON.stringify(text);
}

function list(values: readonly unknown[], room: number, depth: number): string {
  let text = "";
  for (const value of values) text += `${text === "" ? "" : ","}${write(value, room - text.length, depth - 1)}`;
  return `[${text}]`;
}

function object(value: Readonly<Record<string, unknown>>, room: number, depth: number): string {
  let text = "";
  for (const name in value) {
    const member = value[name];
    if (member === undefined) continue;
    text += `${text === "" ? "" : ","}${quoted(name, room - text.length)}:${write(member, room - text.length, depth - 1)}`;
  }
  return `{${text}}`;
}
