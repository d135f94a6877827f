// JSON from outside as a whole: length and depth are checked before JSON.parse sees it (RFC 8259 §9).

import { decodeUtf8 } from "./utf8.js";

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

/**
 * Parses a UTF-8 JSON text.
 * @throws RangeError past a limit or for ill-formed UTF-8; SyntaxError for what is not JSON
 */
export function parseJson(text: Uint8Array, limits: JsonLimits = JSON_LIMITS): JsonValue {
  if (text.length > limits.bytes) throw new RangeError(`JSON: longer than ${limits.bytes} bytes`);
  if (depthOf(text) > limits.depth) throw new RangeError(`JSON: nested deeper than ${limits.depth}`);
  return JSON.parse(decodeUtf8(text)) as JsonValue;
}

/** True for a JSON object: neither null, nor an array, nor a plain value. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A member that the object itself has: a name such as `toString` finds nothing unless it was sent. */
export function member(object: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** Deepest nesting of brackets outside strings; whether they match is for the parser. */
function depthOf(text: Uint8Array): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const code = text[i]!;
    if (inString) {
      if (code === 0x5c) i++;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) inString = true;
    else if (code === 0x5b || code === 0x7b) deepest = Math.max(deepest, ++depth);
    else if (code === 0x5d || code === 0x7d) depth--;
  }
  return deepest;
}
