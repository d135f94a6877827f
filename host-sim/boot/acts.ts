// How the firmware in an image may behave. By itself, so that a page knows the words before it loads what makes images.

/**
 * All ways:
 * - `good`: as it should
 * - `crash`: it ends by a panic after a while
 * - `hang`: it stands still after a while, until the watchdog bites
 * - `mute`: its modem driver is broken: it never registers
 * - `deaf`: it trusts nobody, and so never connects
 * - `sick`: its app says that it is not well
 */
export const ACTS = ["good", "crash", "hang", "mute", "deaf", "sick"] as const;
export type Act = (typeof ACTS)[number];
