// What a run has to say: the device's own events, and those of the desk around it.

import type { LogEvents, LogLevel, LogValue } from "../../../firmware/platform/events.js";

/** What the desk adds to the device's log. */
export interface DeskEvents {
  "cloud-ready": { address: string; ca: string };
  "modem-ready": { modem: string };
  /** The page on this run is served; its URL is the key to it. */
  "page-ready": { url: string };
  /** The host does otherwise than a record has it. */
  departure: { line: number; text: string };
  /** Something happens to an update that is shown. */
  "update-scene": { what: string };
  /** For somebody who might think that nothing happens. */
  waiting: { what: string };
  /** A step of `simkey doctor`. */
  check: { check: string; ok: boolean; text: string };
  /** Something on the simulated board has changed: an LED, a value that was set. */
  board: { part: string; name: string; value: number };
  /** A fault begins whose time has come, or that somebody has asked for. */
  fault: { fault: string };
  /** Somebody has asked for something by `simkey send`; `what`: its first word. */
  asked: { what: string };
  /** A message that the device makes, or gets. */
  payload: { direction: "tx" | "rx"; topic: string; text: string };
  trace: { layer: string; direction: "tx" | "rx"; text: string };
}

export type RunEvents = LogEvents & DeskEvents;
export type RunEvent = keyof RunEvents;

/** One thing that happened. `t`: milliseconds since power-on. */
export interface Entry {
  t: number;
  event: string;
  level?: LogLevel;
  [field: string]: LogValue;
}

/** An entry whose event is known. `by`: the transport, where MQTT is not the one. */
export type EntryOf<E extends RunEvent> = { t: number; event: E; level?: LogLevel; by?: string } & RunEvents[E];

/** An entry of the desk's. @param t milliseconds since power-on */
export function deskEntry<E extends keyof DeskEvents>(t: number, event: E, fields: DeskEvents[E]): Entry {
  return { t, event, ...(fields as Readonly<Record<string, LogValue>>) };
}
