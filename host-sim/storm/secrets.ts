// What no line of a device's log may hold.

import type { LogFields, LogValue } from "../../firmware/platform/events.js";
import { TRACK } from "./setup.js";

/** What every token begins with (the JOSE header of a JWT). */
const TOKEN = /eyJ/;
/** All places of the storm's modems lie on one parallel: as a number, or as the modem writes it. */
const PLACE = new RegExp(`(^|[^\\d.])${String(TRACK.latitude).replace(".", "\\.")}0*(?!\\d)`);

/**
 * What is secret in the fields of a line.
 * @param pin the card's; left out: it asks for none
 * @returns its name; undefined: nothing
 */
export function secretIn(fields: LogFields, pin?: string): "token" | "PIN" | "place" | undefined {
  const values = Object.values(fields).filter((value) => value !== undefined);
  const some = (isSo: (text: string, value: LogValue) => boolean) => values.some((value) => isSo(String(value), value));
  if (some((text) => TOKEN.test(text))) return "token";
  // As it is written in its command: four digits alone are many things.
  if (
    pin !== undefined &&
    some((text, value) => value === pin || text.includes(`"${pin}"`) || text.includes(`CPIN=${pin}`))
  )
    return "PIN";
  return some((text, value) => value === TRACK.latitude || (typeof value === "string" && PLACE.test(text)))
    ? "place"
    : undefined;
}
