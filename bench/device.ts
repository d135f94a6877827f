// What a device costs whoever pays for it: volume, time awake, writes to its flash. Virtual time: the figures are the same on any
// machine.
//
//   npm run bench:device                # the table
//   npm run bench:device -- --json      # one JSON object a line
//   npm run bench:device -- --goals     # exit code 1 where a goal is not met
//   npm run bench:device -- --check     # exit code 1 where a figure is worse than bench/device/budget.json says
//   npm run bench:device -- --update    # writes that file, and the figures in docs/performance.md

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { codecSizes } from "./codec-size.js";
import { readBudget, stepsBack, writeBudget } from "./device/budget.js";
import { days } from "./device/days.js";
import { withFigures } from "./device/document.js";
import { ramInHandshake } from "./device/ram.js";
import { restartToPuback } from "./device/restart.js";
import { BLOCK_BYTES, outboxReads, storeWrites } from "./device/storage.js";
import { ASLEEP, RECORDS_A_WAKE } from "./device/yardstick.js";
import { powerOn } from "./power-on.js";
import { BenchReport, type Row } from "./report.js";

const FLAGS: readonly string[] = ["--json", "--goals", "--check", "--update"];
const flags = process.argv.slice(2);
const unknown = flags.find((flag) => !FLAGS.includes(flag));
if (unknown !== undefined) {
  console.error(`bench:device: there is no ${unknown}; there are ${FLAGS.join(", ")}`);
  process.exit(2);
}

const report = new BenchReport("device", flags, false);
const measured: Record<string, number> = {};

/** A figure with a budget. */
function row({ value, ...told }: Row): void {
  measured[told.metric] = value;
  report.row({ ...told, value: Number(value.toPrecision(4)) });
}

const seconds = (ms: number) => ms / 1_000;
const MB = 1e6;
/** Times that mqtt-packet's own code is to be as long as the part of our codec that a client needs. */
const CODEC_GOAL = 12;
/** Of a line without flow control. */
const DEFAULT_BAUD = 115_200;

const psm = await days(ASLEEP);
report.title("Two days in PSM, chip and modem asleep, a record each 30 minutes, 1NCE by MQTT");
report.note(`  ${psm.recordsPerWake.toFixed(1)} records a wake; the goals are for ${RECORDS_A_WAKE}`);
row({ metric: "bytes on air per record", value: psm.bytesPerRecord, unit: "bytes", goal: { atMost: 900 } });
const resumed = await days(ASLEEP, "resume");
row({
  metric: "bytes on air per record where the server resumes",
  value: resumed.bytesPerRecord,
  unit: "bytes",
  goal: { atMost: 700 },
});
row({
  metric: "volume a month",
  value: psm.bytesAMonth / MB,
  unit: "MB",
  goal: { atMost: 2 },
});
const compact = await storeWrites("compact");
const writes = await storeWrites("json");
row({ metric: "payload of a compact record", value: compact.payload, unit: "bytes", goal: { atMost: 90 } });
row({ metric: "payload of a record as JSON", value: writes.payload, unit: "bytes" });
row({ metric: "wake to PUBACK", value: seconds(psm.wakeToPuback), unit: "s", goal: { atMost: 5.5 } });
const slow = await days({ ...ASLEEP, modemBaud: DEFAULT_BAUD });
row({ metric: "wake to PUBACK at 115200 baud", value: seconds(slow.wakeToPuback), unit: "s" });
row({ metric: "wake to asleep again", value: seconds(psm.wakeToSleep), unit: "s", goal: { atMost: 24 } });

const off = await days({ ...ASLEEP, power: "off" });
report.title("The same with the modem switched off between wakes");
row({ metric: "bytes on air per record, off", value: off.bytesPerRecord, unit: "bytes" });
row({ metric: "wake to PUBACK, off", value: seconds(off.wakeToPuback), unit: "s" });
row({ metric: "wake to asleep again, off", value: seconds(off.wakeToSleep), unit: "s", goal: { atMost: 16 } });

report.title("From the beginning to the first PUBACK");
for (const [baud, at] of [
  [ASLEEP.modemBaud, ""],
  [DEFAULT_BAUD, `, ${DEFAULT_BAUD} baud`],
] as const) {
  const goals = at === "";
  const { total, shares } = await powerOn(baud);
  const unavoidable = shares.reduce((sum, { ms }) => sum + ms, 0);
  const share = total / unavoidable;
  row({
    metric: `power-on over what nobody can avoid${at}`,
    value: share,
    unit: "",
    ...(goals && { goal: { atMost: 1.1 } }),
  });
  const restart = seconds(await restartToPuback(baud));
  row({
    metric: `restart of the chip, modem on, token kept${at}`,
    value: restart,
    unit: "s",
    ...(goals && { goal: { atMost: 2 } }),
  });
}

report.title("RAM on the chip in a handshake");
const ram = ramInHandshake();
for (const { what, bytes } of ram) report.row({ metric: what, value: bytes, unit: "bytes" });
const KB_OF_RAM = 1_000;
row({
  metric: "RAM on the chip in a handshake",
  value: ram.reduce((sum, { bytes }) => sum + bytes, 0) / KB_OF_RAM,
  unit: "KB",
  goal: { atMost: 105 },
});

report.title("Code");
const { client, peerOwn } = await codecSizes();
row({
  metric: "a client's codec over mqtt-packet's own code",
  value: client / peerOwn,
  unit: "of it",
  goal: { atMost: Number((1 / CODEC_GOAL).toPrecision(4)) },
});

report.title("Flash");
row({ metric: "NVS writes per record, persistent session", value: writes.writes, unit: "", goal: { atMost: 0 } });
row({ metric: "NVS bytes per record, persistent session", value: writes.bytes, unit: "bytes" });
const large = outboxReads(1024);
const small = outboxReads(16);
const kb = (blocks: number) => `${(blocks * BLOCK_BYTES) / 1024} KB`;
row({ metric: "reads to open the outbox, 4 MB", value: large.open, unit: "", goal: { atMost: 64 } });
row({ metric: `reads to open the outbox, ${kb(16)}`, value: small.open, unit: "" });
row({ metric: "reads to find a record behind the last one, 4 MB", value: large.behind, unit: "" });
row({ metric: `reads to find a record behind the last one, ${kb(16)}`, value: small.behind, unit: "" });
row({
  metric: "the same, 4 MB over 64 KB: flat is 1",
  value: large.behind / small.behind,
  unit: "times",
  goal: { atMost: 1.1 },
});

report.end();
if (flags.includes("--update")) {
  writeBudget(measured);
  const document = fileURLToPath(new URL("../../docs/performance.md", import.meta.url));
  writeFileSync(document, withFigures(readFileSync(document, "utf8"), readBudget()));
}
if (flags.includes("--check")) {
  const faults = stepsBack(measured, readBudget());
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exitCode = 1;
}
