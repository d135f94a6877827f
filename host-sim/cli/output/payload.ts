// What `--show payload` shows of a message: its text if it is some, compact records as JSON, else its bytes; never a secret
// setting's value, and no token.

import { compactText } from "../../decode/records.js";
import { withoutTokens } from "../../desk/entry.js";

/** Characters of a payload that are shown. */
const SHOWN = 1_024;
/** Bytes that are shown of one that is no text. */
const HEX_SHOWN = 64;
/** Deeper JSON is not looked through, and not shown: nothing of ours is. */
const DEPTH_MAX = 16;
const MARK = "[…]";

/** @param secrets names of settings that nobody should read */
export function payloadText(payload: Uint8Array, secrets: ReadonlySet<string>): string {
  const text = compactText(payload) ?? textOf(payload);
  if (text === undefined) {
    const rest = payload.length > HEX_SHOWN ? ` … ${payload.length} bytes` : "";
    return `${Buffer.from(payload.subarray(0, HEX_SHOWN)).toString("hex")}${rest}`;
  }
  const shown = withoutTokens(withoutSecrets(text, secrets));
  return shown.length <= SHOWN ? shown : `${shown.slice(0, SHOWN)} … ${payload.length} bytes`;
}

function textOf(payload: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(payload);
  } catch {
    return undefined;
  }
}

function withoutSecrets(text: string, secrets: ReadonlySet<string>): string {
  if (![...secrets].some((name) => text.includes(name))) return text;
  try {
    return JSON.stringify(cleaned(JSON.parse(text), secrets, 0));
  } catch {
    return MARK;
  }
}

function cleaned(value: unknown, secrets: ReadonlySet<string>, depth: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (depth === DEPTH_MAX) return MARK;
  if (Array.isArray(value)) return value.map((each) => cleaned(each, secrets, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, secrets.has(name) ? MARK : cleaned(each, secrets, depth + 1)]),
  );
}
