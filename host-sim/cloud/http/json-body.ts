// JSON bodies of requests, read field by field: nothing in them is believed to be there.

/** The value of a JSON text in UTF-8; undefined: it is none. */
export function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}

/** A field of an object by its name in snake_case, which may also be spelt in camelCase (proto3's JSON mapping). */
export function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  const camel = name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const spelt = [name, camel].find((spelling) => Object.hasOwn(value, spelling));
  return spelt === undefined ? undefined : (value as Record<string, unknown>)[spelt];
}

/** Bytes of base64 text with its padding (RFC 4648 §4); undefined: it is none, or more than `limit` bytes. */
export function base64Of(value: unknown, limit: number): Uint8Array | undefined {
  if (typeof value !== "string") return undefined;
  const bytes = Buffer.from(value, "base64");
  return bytes.toString("base64") === value && bytes.length <= limit ? bytes : undefined;
}
