// What the modem's lines are read into: only AtErrors are thrown, and numbers that come out are such as there can be.

import { cmeNumber } from "../../firmware/modem/at/cme.js";
import { type Command, fields, isReply } from "../../firmware/modem/at/command.js";
import { AtError } from "../../firmware/modem/at/error.js";
import { urcOf } from "../../firmware/modem/at/urc.js";
import { ALL_URCS } from "../../firmware/modem/models.js";
import { GPRS_REGISTRATION, readAnyCell } from "../../firmware/modem/sim7070/commands.js";
import * as basic from "../../firmware/modem/sim7080/commands/basic.js";
import * as identity from "../../firmware/modem/sim7080/commands/identity.js";
import * as network from "../../firmware/modem/sim7080/commands/network.js";
import * as signal from "../../firmware/modem/sim7080/commands/signal.js";
import * as sleep from "../../firmware/modem/sim7080/commands/sleep.js";
import * as socket from "../../firmware/modem/sim7080/commands/socket.js";
import * as time from "../../firmware/modem/sim7080/commands/time.js";
import { ascii, attempt, promise, type Target, words } from "../target.js";

const isCommand = (value: unknown): value is Command<unknown> =>
  typeof value === "object" && value !== null && "parse" in value;
const COMMANDS: readonly Command<unknown>[] = [
  ...[basic, identity, network, signal, sleep, socket, time].flatMap((all) => Object.values(all).filter(isCommand)),
  ...[
    socket.open(1, "host.example", 443),
    socket.readAcknowledged(1),
    socket.receive(1, 1460),
    GPRS_REGISTRATION.read,
    readAnyCell,
  ],
];

/** Least and most of what numbers may be, by the name under which they come out. */
const RANGES: Readonly<Record<string, readonly [number, number]>> = {
  rssiDbm: [-115, -52],
  rsrpDbm: [-200, 0],
  rsrqDb: [-50, 20],
  sinrDb: [-60, 100],
  cellId: [0, 0x0fff_ffff],
  wallMs: [Date.UTC(2019, 11, 31), Date.UTC(10_000, 0, 2)],
  activeS: [0, 11_160],
  periodS: [0, 35_712_000],
  cycleS: [0, 10_486],
  windowS: [0, 41],
  sent: [0, 1e12],
  unacked: [0, 1e12],
};

function check(value: unknown, name = ""): void {
  if (typeof value === "number") {
    const [least, most] = RANGES[name] ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    promise(!(value < least || value > most), `${name} is ${value}`);
  } else if (typeof value === "string") promise(value.length <= 640, "a text longer than a line");
  else if (typeof value === "object" && value !== null && !(value instanceof Uint8Array)) {
    for (const [key, inner] of Object.entries(value)) check(inner, /^\d+$/.test(key) ? name : key);
  }
}

export const atAnswers: Target = {
  name: "at-answers",
  seeds: [
    '+CSQ: 15,99\n+CEREG: 0,5\n+CPIN: READY\n+CCLK: "24/05/01,12:00:00+08"\n+IPR: 115200\n+CFUN: 1',
    '+CPSI: LTE CAT-M1,Online,262-02,0xAAB4,8596225,147,EUTRAN-BAND20,6300,3,3,-16,-103,-74,7\n+CBANDCFG: "CAT-M",3,8,20',
    '8988280666000000015F\n861234567890123\nSIMCOM_SIM7080G\nRevision:1951B16SIM7080\n+CGDCONT: 1,"IP","iot.1nce.net"',
    '+CNACT: 0,1,"10.0.0.1"\n+CAOPEN: 1,0\n+CAACK: 100,0\n+CASTATE: 1,1\n+CADATAIND: 1\n+CAURC: "buffer full"',
    '+CPSMS: 1,,,"01011111","00000001"\n+CPSMRDP: 1,2,3,4,3600,0\n+CEDRXS: 4,"0101"\n+CEDRXRDP: 4,"0101","0101","0011"',
    '+CNTP: 1,"24/05/01,12:00:00"\n+APP PDP: 0,ACTIVE\n+CEREG: 5,"1"\n+CPSMSTATUS: "ENTER PSM"\n+CNMP: 38\n+CMNB: 1',
    "+CGREG: 1,5\n+CGREG: 5\n+CPSI: GSM,Online,502-12,0x1054,62168,512 DCS 1800,-71,0,32-32",
  ].map(ascii),
  tokens: words(
    ...COMMANDS.flatMap(({ reply }) => (typeof reply === "string" ? [reply] : [])),
    ...["\n", ",", '"', ",,", "-", "1e300", "0x1F", "Infinity", "99/99/99,99:99:99+99", "LTE NB", "NaN", ","],
  ),
  work: { base: 6_000, perByte: 400 },
  run: (input) => {
    const lines = Buffer.from(input).toString("latin1").split("\n");
    for (const command of COMMANDS) {
      const mine = lines.filter((line) => isReply(command, line));
      const value = attempt([AtError], () => command.parse({ lines: mine, body: undefined }));
      if (!(typeof value === "object" && value !== null && "failed" in value)) check(value);
    }
    for (const line of lines) {
      check(urcOf(ALL_URCS, line)?.parse?.(line));
      cmeNumber(line);
      promise(fields(line).length <= line.length + 1, "more fields than characters");
    }
  },
};
