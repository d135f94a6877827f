// What can be wrong with an update. The code is what the cloud is told as the reason.

import { type Advice, Failure } from "../platform/failure.js";

/** All codes. What is kept of an update names one by its place here: new ones go to the end. */
export const UPDATE_CODES = [
  // The manifest:
  "update-too-large", // longer than a manifest may be
  "update-malformed", // no compact JWS, or what it says is no manifest
  "update-algorithm", // another than ES256, or a header that asks for more
  "update-key", // signed by a key that this image does not know
  "update-signature", // not signed by that key, or changed since
  "update-board",
  "update-chip",
  "update-layout",
  "update-seq", // not newer than what was confirmed; or an image that says it is another than was signed for
  "update-base", // the image that runs is too old to be followed by this one, or the delta is for another
  "update-format", // packed in a way that this image does not know, or not packed so
  "update-size", // does not fit into the slot
  "update-rolled-back", // this very image was tried, and undone
  // The gates:
  "update-not-yet",
  "update-battery",
  "update-temperature",
  "update-app", // the app does not want it now
  "update-day", // the day's volume is near its end
  "update-budget", // it would take, or has taken, more volume than an update may
  "update-tries", // it was tried often enough
  // The transfer:
  "update-host", // the address is none that images are fetched from
  "update-connection", // the server cannot be reached, or not long enough
  "update-status", // the server does not serve it
  "update-changed", // the file is not the one that was begun
  "update-range", // the server answers for other bytes than were asked for
  "update-digest", // what came is not what was signed
  "update-flash", // the slot does not keep what is written to it
  "update-boot", // the boot loader refuses the image
  // The trial:
  "update-reset", // the new image was reset before it was confirmed
  "update-power", // the same, by its supply
  "update-health", // the app says that it does not do what it should
  "update-late", // it was not confirmed in time
  "update-network", // the same, and so it might have gone with the old one
] as const;

export type UpdateCode = (typeof UPDATE_CODES)[number];

/** Those that pass by themselves. */
const PASSING: readonly UpdateCode[] = [
  "update-not-yet",
  "update-battery",
  "update-temperature",
  "update-app",
  "update-day",
  "update-connection",
  "update-status",
  "update-changed",
  "update-range",
  "update-power",
  "update-network",
];

const adviceOf = (code: UpdateCode): Advice => (PASSING.includes(code) ? "back-off" : "give-up");

/** An update that does not go on, now or ever. */
export class UpdateError extends Failure {
  declare readonly code: UpdateCode;

  constructor(code: UpdateCode, message: string, cause?: unknown) {
    super(code, message, adviceOf(code), cause);
  }
}
