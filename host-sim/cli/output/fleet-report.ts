// What `simkey fleet` prints for people.

import type { LogValue } from "../../../firmware/platform/events.js";
import type { Entry } from "./entry.js";
import type { Report } from "./report.js";

const ms = (value: LogValue) =>
  value === undefined ? "none" : `${Number(value).toFixed(Number(value) < 100 ? 1 : 0)} ms`;
const kB = (value: LogValue) => `${(Number(value) / 1000).toFixed(1)} kB`;
const MB = (value: LogValue) => `${(Number(value) / 1e6).toFixed(1)} MB`;
const whole = (value: LogValue) => String(Math.round(Number(value)));

const SENTENCES: Readonly<Record<string, (e: Entry) => string>> = {
  "fleet-ready": (e) => `devices ${e.first} to ${e.last} on ${e.broker}, at most ${e.ramp} connections a second`,
  failure: (e) => `device ${e.device}, the first of its kind: ${e.message}`,
  fleet: (e) =>
    [
      `${whole(e.connected).padStart(6)} connected`,
      `${whole(e.recordedPerS).padStart(6)} recorded/s`,
      `${whole(e.ackedPerS).padStart(6)} acknowledged/s`,
      `PUBACK p50 ${ms(e.pubackP50Ms)}, p99 ${ms(e.pubackP99Ms)}`,
      `${e.waiting} waiting`,
      `${e.failures} failures`,
    ].join("  "),
};

/** A line for each event, and a summary of several. */
export function fleetTimeline(write: (text: string) => void): Report {
  return (entry) => {
    const seconds = `${(entry.t / 1000).toFixed(1).padStart(7)} s`;
    write(entry.event === "summary" ? summary(entry) : `${seconds}  ${SENTENCES[entry.event]!(entry)}\n`);
  };
}

function summary(e: Entry): string {
  return [
    "",
    `  ${e.ok ? "Done" : "Not done"} after ${(e.t / 1000).toFixed(1)} s`,
    `  devices     ${e.reached} of ${e.devices} came online, ${e.reconnects} reconnect(s), ${e.failures} failure(s)`,
    `  records     ${e.acked} acknowledged of ${e.recorded} recorded, ${e.lost} lost, ${whole(e.ackedPerS)} a second`,
    `  PUBACK      p50 ${ms(e.pubackP50Ms)}, p99 ${ms(e.pubackP99Ms)}, longest ${ms(e.pubackMaxMs)}`,
    `  commands    ${e.received} received, ${e.answered} answered`,
    `  network     ${MB(e.txBytes)} out, ${MB(e.rxBytes)} in`,
    `  process     ${MB(e.rssBytes)} resident, ${kB(e.bytesPerDevice)} a device, ${whole(e.cpuPercent)} % of one core, event loop p99 ${ms(e.loopP99Ms)}`,
    "",
  ].join("\n");
}
