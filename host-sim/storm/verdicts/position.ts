// Promises about where a device says it is. Its modem moves straight on: where it was at any time is known.

import type { Fault } from "../../desk/fault.js";
import { kindOf } from "../../desk/kinds/index.js";
import { moved } from "../../modem/motion.js";
import { DEFAULT_START_MS } from "../../world/virtual-world.js";
import { type Evidence, linesOf } from "../evidence.js";
import { livesOf } from "../lives.js";
import { TRACK } from "../setup.js";
import { told } from "./fields.js";
import type { Breach, Verdict } from "./verdict.js";

const SECOND = 1_000;
const METRES_PER_DEGREE = 111_320;
/** From the satellites' second to the log's line: an answer may come 9 s late, and be asked for anew. */
const READ_MS = 25 * SECOND;
/** What five decimals and the track leave open. */
const METRES_OFF = 3;
/** What an age may be off: whole seconds, and the quartz. */
const AGE_OFF = (ms: number) => 1_500 + ms * 1e-4;
/** Around the look itself: the modem is woken first, at the worst by all that its power key can do; then the radio's. */
const AROUND_MS = 180 * SECOND;

/** Metres between a place and the track at a time, in milliseconds from the first power-on. */
function offTrack(lat: number, lon: number, at: number): number {
  const was = moved({ ...TRACK, since: DEFAULT_START_MS }, DEFAULT_START_MS + at);
  const east = (lon - was.longitude) * METRES_PER_DEGREE * Math.cos((was.latitude * Math.PI) / 180);
  return Math.hypot((lat - was.latitude) * METRES_PER_DEGREE, east);
}

/** What a record may say of a place. */
type Placed = Readonly<Partial<Record<"lat" | "lon" | "fixAge", number>>>;

export const POSITION_TOLD: Verdict = {
  name: "position-told",
  promise:
    "Every record behind a fix, but of a safe start, has the last place that was found, over restarts too, and its true age.",
  seen: (evidence) => told(evidence).filter(({ fields }) => "lat" in fields).length,
  check: (evidence) => {
    const found = linesOf(evidence.log, "located").map(({ at }) => at);
    const starts = livesOf(evidence).map(({ from }) => from);
    return told(evidence).flatMap(({ record, fields }): Breach[] => {
      const at = record.keptAt!;
      // A safe start does without.
      if (record.found || "safe" in fields) return [];
      const say = (what: string) => [{ at, what: `record ${record.sequence}: ${what}` }];
      const { lat, lon, fixAge } = fields as Placed;
      const last = found.findLast((each) => each <= at);
      if (last === undefined) return lat === undefined ? [] : say("a place, and none was found yet");
      const began = starts.findLast((each) => each <= at) ?? 0;
      const isThisLife = last >= began;
      // What ended a life right behind a fix may have kept it from being kept.
      const before = isThisLife ? undefined : found.findLast((each) => each < last);
      if (lat === undefined || lon === undefined || fixAge === undefined) {
        return isThisLife || before !== undefined ? say("no place, though one was found") : [];
      }
      const isOne = [last, before].some((each) => each !== undefined && wasThere(lat, lon, each));
      if (!isOne)
        return say(`${lat}, ${lon}: ${offTrack(lat, lon, last).toFixed(0)} m from where it was when it looked`);
      const age = at - last;
      if (isThisLife && Math.abs(fixAge * SECOND - age) > AGE_OFF(age))
        return say(`a place ${fixAge} s old, it was found ${(age / SECOND).toFixed(1)} s ago`);
      return [];
    });
  },
};

/** Whether the track leads by a place within READ_MS before a time. */
function wasThere(lat: number, lon: number, at: number): boolean {
  const metresPerMs = TRACK.speedKmh / 3_600;
  return offTrack(lat, lon, at - READ_MS / 2) <= (READ_MS / 2) * metresPerMs + METRES_OFF;
}

export const POSITION_BOUNDED: Verdict = {
  name: "position-bounded",
  promise: "A look for a position ends by its deadline, found or not, and the next begins no sooner than is set.",
  seen: ({ log }) => looks(log).length,
  check: (evidence) => {
    const { log, boots, trial } = evidence;
    const { positionS = 0, positionWaitS = 0 } = trial.setup.config;
    const end = trial.hours * 3_600 * SECOND;
    const phases = [
      ...boots.map((at) => ({ at, phase: "off" })),
      ...linesOf(log, "phase").map(({ at, fields }) => ({ at, phase: fields.phase })),
    ].sort((a, b) => a.at - b.at);
    let lastEnd: number | undefined;
    return phases.flatMap(({ at, phase }, i): Breach[] => {
      // How long a device was dark is not known to it.
      if (phase === "off") lastEnd = undefined;
      if (phase !== "locating") return [];
      const next = phases[i + 1];
      const until = next?.at ?? end;
      // The look ends with its life, and the board may be dark for long before the next.
      const isCut =
        next?.phase === "off" && trial.faults.some((fault) => ends(fault) && fault.at >= at && fault.at <= until);
      const breaches: Breach[] = [];
      if (!isCut && until - at > positionWaitS * SECOND + AROUND_MS)
        breaches.push({ at, what: `looked for its position for ${((until - at) / SECOND).toFixed(0)} s` });
      // One that sleeps may look half an interval sooner: at the wake that is nearest.
      if (lastEnd !== undefined && at - lastEnd < (positionS * SECOND) / 2 - SECOND)
        breaches.push({ at, what: `looked again after ${((at - lastEnd) / SECOND).toFixed(0)} s` });
      lastEnd = until;
      return breaches;
    });
  },
};

/** Faults that may end a life. */
const ends = ({ fault }: Fault) => ["chip", "flash"].includes(kindOf(fault).seam);

const looks = (log: Evidence["log"]) => linesOf(log, "phase").filter(({ fields }) => fields.phase === "locating");
