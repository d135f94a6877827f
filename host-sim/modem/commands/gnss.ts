// Commands of the GNSS receiver (SIM7080 AT V1.07 §8).

import type { Command, CommandTable } from "../command.js";
import { CME } from "../errors.js";
import { CUSTOMER } from "../files.js";
import type { Fix, GnssStart, Machine } from "../machine.js";
import { fail, type Outcome, ok, okThen } from "../outcome.js";
import type { Args } from "../parse.js";

/** Fields of AT+CGNSINF, and what stands in them before the first fix (the manual's example). */
const NO_FIX = "1,,,0.000000,0.000000,-18.000,,,1,,0.1,0.1,0.1,,,,9999000.0,6144.0";
const OFF = `0${",".repeat(17)}`;

/** Satellites, and how far off a fix is, in metres: a plausible open sky. */
const SATELLITES = 9;
const ACCURACY_M = "8.4";
/** Latitude, longitude, altitude, speed, bearing, accuracy, altitude above the sea (§8.2.10, bits 0 to 2, 4, 5, 8). */
const FLAGS = 311;
/** The file of AT+CGNSCPY, and how long it is good for, in hours (§8.2.7, §8.2.8). */
const ORBIT_FILE = "Xtra3.bin";
const ORBIT_HOURS = 72;
/** SGNSERR: nothing was found within the time of a single shot. */
const TIMED_OUT = 10;

/** What the fault `gnss-garbled` makes of a line: what no receiver says, in the end all of it. */
const GARBLINGS: readonly ((line: string) => string)[] = [
  (line) => line.slice(0, line.length >> 1),
  (line) => `${line},${line}`,
  (line) => line.replace(/\d/g, "9"),
  (line) => line.replace(/\./g, ":"),
  (line) => line.replace(/,[^,]*,[^,]*/, ',1,21000101000000.000"'),
  () => "1,1,20260102031415.000,NaN,Infinity,-0,1e3,,0,,1.0,1.3,0.9,,9,,8.4,12.0",
];

function inform(m: Machine): Outcome {
  const line = informed(m);
  const percent = m.faults.number("gnss-garbled");
  const isSpoilt = percent !== undefined && m.chance(percent / 100);
  return ok(`+CGNSINF: ${isSpoilt ? GARBLINGS[Math.floor(m.now / 1000) % GARBLINGS.length]!(line) : line}`);
}

function informed({ gnss }: Machine): string {
  const fix = gnss.fix();
  if (!gnss.on) return OFF;
  if (!fix) return NO_FIX;
  const course = fix.speedKmh > 0 ? fix.course.toFixed(2) : "";
  const place = `${fix.latitude.toFixed(6)},${fix.longitude.toFixed(6)},${fix.altitude.toFixed(3)}`;
  const motion = `${fix.speedKmh.toFixed(2)},${course}`;
  const quality = `0,,1.0,1.3,0.9,,${SATELLITES},,${ACCURACY_M},12.0`;
  return `1,1,${utc(fix)},${place},${motion},${quality}`;
}

/** `yyyyMMddhhmmss.sss` */
function utc(fix: Fix): string {
  return new Date(fix.utc).toISOString().replace(/[-:TZ]/g, "");
}

/** AT+CGNSCOLD, WARM, HOT: switches on and begins anew with as much as the kind of start may keep. */
function start(kind: GnssStart): Command {
  return {
    exec: (m) => {
      const { assisted, orbits } = m.session.gnss;
      const told = kind === "cold" && assisted;
      m.gnss.power(true, told && orbits ? "warm" : kind);
      return told ? okThen(() => m.out.urc("SYS", `+CGNSXTRA: ${orbits ? 0 : 1}`)) : ok();
    },
  };
}

/** The line of AT+SGNSCMD (§8.2.10). */
function located(m: Machine, mode: number, fix: Fix): string {
  const iso = new Date(fix.utc).toISOString();
  const extra = m.session.gnss.extraInfo ? `${iso.slice(0, 10)},${iso.slice(11, 19)},${SATELLITES}` : iso.slice(11, 19);
  const place = `${fix.latitude.toFixed(5)},${fix.longitude.toFixed(5)},${ACCURACY_M}`;
  const height = `${fix.altitude.toFixed(2)},${fix.altitude.toFixed(2)}`;
  const motion = `${fix.speedKmh.toFixed(1)},${fix.course.toFixed(1)}`;
  return `+SGNSCMD: ${mode},${extra},${place},${height},${motion},0x${fix.utc.toString(16)},${FLAGS}`;
}

function command(m: Machine, args: Args): Outcome {
  const mode = args.int(0, 0, 2);
  args.expect([1, 2, 4][mode]!);
  if (mode === 0) {
    m.gnss.power(false);
    return ok();
  }
  const everyMs = mode === 1 ? 1000 : args.int(1, 1000, 60_000);
  if (mode === 1) args.int(1, 0, 2);
  else args.int(2, 0, 1000);
  if (mode === 2) args.int(3, 0, 3);
  const tell = (fix: Fix | undefined) => {
    if (fix && (mode === 1 || m.session.gnss.outUrc)) m.out.urc("SYS", located(m, mode, fix));
    if (!fix && mode === 1) m.out.urc("SYS", `+SGNSERR: ${TIMED_OUT}`);
    if (mode === 1) m.gnss.power(false);
  };
  return okThen(() => {
    m.gnss.power(true);
    m.gnss.report(everyMs, mode === 1, m.session.gnss.timeoutMs, tell);
  });
}

/** Keys of AT+SGNSCFG with a number each, least and most. */
const CONFIGURATION: Readonly<Record<string, readonly [number, number]>> = {
  NMEATYPE: [0, 255],
  OUTURC: [0, 1],
  ADSS: [0, 4],
  MODE: [0, 3],
  THRESHOLD: [1, 10_000],
  TIMEOUT: [10_000, 180_000],
  EXTRAINFO: [0, 1],
};

function configure(m: Machine, args: Args): Outcome {
  const key = args.text(0, 16).trim().toUpperCase();
  const range = Object.hasOwn(CONFIGURATION, key) ? CONFIGURATION[key] : undefined;
  // NMEA would leave by USB or UART3, which are not here.
  if (!range) return fail(CME.notSupported);
  args.expect(2);
  const value = args.int(1, ...range);
  const { gnss } = m.session;
  if (key === "OUTURC") gnss.outUrc = value === 1;
  if (key === "EXTRAINFO") gnss.extraInfo = value === 1;
  if (key === "TIMEOUT") gnss.timeoutMs = value;
  gnss.values.set(key, value);
  return ok();
}

const DEFAULTS: Readonly<Record<string, number>> = { THRESHOLD: 1000, TIMEOUT: 30_000 };

export const GNSS: CommandTable = {
  "+CGNSPWR": {
    test: "+CGNSPWR: (0,1)",
    read: (m) => ok(`+CGNSPWR: ${m.gnss.on ? 1 : 0}`),
    write: (m, args) => {
      const on = args.int(0, 0, 1) === 1;
      if (on && m.faults.has("gnss-refused")) return fail(CME.notSupported);
      if (on && m.session.cfun === 1 && m.faults.has("gnss-radio")) return fail(CME.notAllowed);
      if (on !== m.gnss.on) m.gnss.power(on);
      return ok();
    },
  },
  "+CGNSINF": { exec: inform },
  "+CGNSCOLD": start("cold"),
  "+CGNSWARM": start("warm"),
  "+CGNSHOT": start("hot"),
  // Orbits from a file that AT+HTTPTOFS downloaded: copied, and switched on, a cold start is as quick as a warm one.
  "+CGNSCPY": {
    exec: (m) => {
      m.session.gnss.orbits ||= m.settings.files.get(CUSTOMER, ORBIT_FILE) !== undefined;
      return ok(`+CGNSCPY: ${m.session.gnss.orbits ? 0 : 1}`);
    },
  },
  "+CGNSXTRA": {
    test: "+CGNSXTRA: (0-1)",
    read: (m) => ok(`+CGNSXTRA: ${m.session.gnss.assisted ? 1 : 0}`),
    exec: (m) => {
      const at = new Date(m.now).toISOString();
      const when = `${at.slice(0, 10).replaceAll("-", "/")},${at.slice(11, 19)}`;
      return m.session.gnss.orbits ? ok(`+CGNSXTRA: 0,${ORBIT_HOURS},${when}`) : fail(CME.failed);
    },
    write: (m, args) => {
      m.session.gnss.assisted = args.int(0, 0, 1) === 1;
      return ok();
    },
  },
  "+CGNSMOD": {
    test: "+CGNSMOD: 1,(0-1),(0-1),(0-1),(0-1)",
    read: (m) => ok(`+CGNSMOD: 1,${m.settings.constellations.join(",")}`),
    // One beside GPS (§8.2.6).
    write: (m, args) => {
      args.expect(5);
      args.int(0, 1, 1);
      const others = [1, 2, 3, 4].map((i) => args.int(i, 0, 1));
      if (others.filter((on) => on === 1).length > 1) return fail(CME.invalidValue);
      m.settings.constellations = others;
      return ok();
    },
  },
  "+SGNSCFG": {
    test: Object.entries(CONFIGURATION)
      .map(([key, [least, most]]) => `+SGNSCFG: "${key}",(${least}-${most})`)
      .join("\r\n"),
    read: (m) =>
      ok(
        Object.keys(CONFIGURATION)
          .map((key) => `+SGNSCFG: "${key}",${m.session.gnss.values.get(key) ?? DEFAULTS[key] ?? 0}`)
          .join("\r\n"),
      ),
    write: configure,
  },
  "+SGNSCMD": {
    test: "+SGNSCMD: 0\r\n+SGNSCMD: 1,(0-2)\r\n+SGNSCMD: 2,(1000-60000),(0-1000),(0-3)",
    write: command,
  },
};
