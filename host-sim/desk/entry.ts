// What happens on a desk, as entries of one schema: a page's lanes, `--json` lines and a live run speak it alike. What is
// secret is taken out before an entry exists: nothing that shows, stores or sends one has to think of it.

import type { LogLevel } from "../../firmware/platform/events.js";
import { compactText } from "../decode/records.js";

/**
 * Where something was seen: the device's log and its phases; its AT line, as lines and as bytes; what it says by MQTT and HTTP;
 * its flash; its connections; what the cloud saw; its board; faults.
 */
export const LANES = [
  ...(["log", "phase", "at", "uart", "mqtt", "http", "flash", "net", "cloud", "board", "fault"] as const),
] as const;
export type Lane = (typeof LANES)[number];

/** One thing that happened. */
export interface Entry {
  /** Milliseconds since the first power-on. */
  t: number;
  lane: Lane;
  /** What it was: an event of the log, an MQTT packet's name, a fault's. */
  name: string;
  level?: LogLevel;
  /** From the device (`up`), or to it (`down`). */
  way?: "up" | "down";
  /** Number of the record that it is about. */
  seq?: number;
  /** For people, in one line. */
  text?: string;
  [field: string]: string | number | boolean | undefined;
}

/** Characters of a payload that an entry has; compact records are as JSON what they say in less than half of its bytes. */
export const TEXT_MOST = 1_024;
const DECODED_MOST = 4 * TEXT_MOST;
/** A JWT, or the beginning of one: JOSE headers begin so (`{"` in base64). */
const TOKEN = /eyJ[A-Za-z0-9_-]{4,}(\.[A-Za-z0-9_-]*){0,2}/g;

/** A text without the tokens that may be in it. */
export const withoutTokens = (text: string): string => (text.includes("eyJ") ? text.replace(TOKEN, "[token]") : text);

/** A payload as people read it. */
export interface ShownPayload {
  text: string;
  /** It is the JSON that compact records stand for, not what was sent. */
  form?: "compact";
}

/** A payload as text where it is some, compact records as JSON, anything else as hexadecimal; cut, tokens taken out. */
export function shownPayload(payload: Uint8Array): ShownPayload {
  const decoded = compactText(payload);
  if (decoded === undefined) return { text: payloadText(payload) };
  const text = withoutTokens(decoded.slice(0, DECODED_MOST));
  return { text: decoded.length > DECODED_MOST ? `${text}…` : text, form: "compact" };
}

function payloadText(payload: Uint8Array): string {
  const shown = payload.subarray(0, TEXT_MOST);
  const isCut = shown.length < payload.length ? "…" : "";
  const isText = shown.every((byte) => byte >= 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09);
  if (isText) return withoutTokens(new TextDecoder().decode(shown)) + isCut;
  return Array.from(shown.subarray(0, TEXT_MOST / 4), (byte) => byte.toString(16).padStart(2, "0")).join(" ") + isCut;
}
