// Commands about the module itself: identity, echo, result forms, line speed, URC groups (SIM7080 AT V1.07 §2, §3).

import type { CommandTable, Handler } from "../command.js";
import { CME } from "../errors.js";
import { fail, ok, okThen } from "../outcome.js";
import { URC_GROUPS, type UrcGroup } from "../state.js";

/** Rates of AT+IPR; 0 is autobaud. */
export const RATES: readonly number[] = [
  0, 300, 600, 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600, 1000000, 1200000, 1500000,
  2000000, 3000000, 4000000,
];

const done: Handler = () => ok();
const manufacturer: Handler = () => ok("SIMCOM_Ltd");
const model: Handler = (m) => ok(`${m.identity}${m.faults.has("identity-odd") ? "-HP-S" : ""}`);
const revision: Handler = (m) => ok(`${m.faults.has("identity-odd") ? "" : "Revision:"}${m.firmware}`);
const imei: Handler = (m) => ok(m.imei);
/** Profiles do not exist here: neither AT&F nor AT&W is in the manual; a harmless OK, unverified. */
const unverified: Handler = done;

export const GENERAL: CommandTable = {
  "": { exec: done },
  E: {
    exec: done,
    write: (m, args) => {
      const on = args.int(0, 0, 1) === 1;
      if (on || !m.faults.has("echo")) m.session.echo = on;
      return ok();
    },
  },
  V: {
    write: (m, args) => {
      m.session.verbose = args.int(0, 0, 1) === 1;
      return ok();
    },
  },
  Q: {
    write: (m, args) => {
      m.session.quiet = args.int(0, 0, 1) === 1;
      return ok();
    },
  },
  I: { exec: () => ok("R1951.07") },
  Z: {
    exec: (m) => {
      m.session.echo = true;
      m.session.verbose = true;
      m.session.quiet = false;
      m.session.cmee = 0;
      return ok();
    },
  },
  "&F": { exec: unverified, write: unverified },
  "&W": { exec: unverified, write: unverified },
  "&D": {
    write: (m, args) => {
      m.session.dtr = args.int(0, 0, 2);
      return ok();
    },
  },
  "+GMI": { exec: manufacturer },
  "+CGMI": { exec: manufacturer },
  "+GMM": { exec: model },
  "+CGMM": { exec: model },
  "+GMR": { exec: revision },
  "+CGMR": { exec: revision },
  "+GSN": { exec: imei },
  "+CGSN": { exec: imei },
  "+SIMCOMATI": {
    exec: (m) => ok(`Revision:${m.firmware}\r\nCSUB:V01\r\nAPRev:1951B16,V01\r\nQCN:MDM9206\r\nIMEI:${m.imei}`),
  },
  "+CMEE": {
    test: "+CMEE: (0-2)",
    read: (m) => ok(`+CMEE: ${m.session.cmee}`),
    write: (m, args) => {
      m.session.cmee = args.int(0, 0, 2);
      return ok();
    },
  },
  "+IPR": {
    test: `+IPR: (),(${RATES.join(",")})`,
    read: (m) => ok(`+IPR: ${m.settings.ipr}`),
    write: (m, args) => {
      const rate = args.int(0, 0, 4_000_000);
      if (!RATES.includes(rate)) return fail(CME.paramRange);
      m.settings.ipr = rate;
      return okThen(() => m.act({ do: "baud", baud: rate }));
    },
  },
  "+IFC": {
    test: "+IFC: (0-2),(0-2)",
    read: (m) => ok(`+IFC: ${m.session.ifc}`),
    write: (m, args) => {
      m.session.ifc = `${args.int(0, 0, 2)},${args.intOr(1, 0, 2, 2)}`;
      return ok();
    },
  },
  "+CSCLK": {
    test: "+CSCLK: (0,1)",
    read: (m) => ok(`+CSCLK: ${m.settings.csclk}`),
    write: (m, args) => {
      m.settings.csclk = args.int(0, 0, 1);
      return ok();
    },
  },
  "+CFGRI": {
    test: "+CFGRI: (0-2)",
    read: (m) => ok(`+CFGRI: ${m.session.ri}`),
    write: (m, args) => {
      m.session.ri = args.int(0, 0, 2);
      return ok();
    },
  },
  "+CNETLIGHT": {
    test: "+CNETLIGHT: (0,1)",
    read: (m) => ok(`+CNETLIGHT: ${m.settings.netlight}`),
    write: (m, args) => {
      m.settings.netlight = args.int(0, 0, 1);
      return ok();
    },
  },
  "+CURCCFG": {
    test: `+CURCCFG: (${URC_GROUPS.map((group) => `"${group}"`).join(",")}),(0,1)`,
    read: (m) => ok(...URC_GROUPS.map((group) => `+CURCCFG: "${group}",${m.settings.silenced.has(group) ? 0 : 1}`)),
    write: (m, args) => {
      const group = args.text(0, 16).toUpperCase() as UrcGroup;
      if (!URC_GROUPS.includes(group)) return fail(CME.invalidValue);
      if (args.int(1, 0, 1) === 1) m.settings.silenced.delete(group);
      else m.settings.silenced.add(group);
      return ok();
    },
  },
  "+CBATCHK": {
    test: "+CBATCHK: (0,1)",
    read: (m) => ok(`+CBATCHK: ${m.session.batteryCheck}`),
    write: (m, args) => {
      m.session.batteryCheck = args.int(0, 0, 1);
      return ok();
    },
  },
  "+CBC": { test: "+CBC: (0-2),(1-100),(VBAT)", exec: () => ok("+CBC: 0,82,3912") },
};
