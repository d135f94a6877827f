// What each field of a record means: the README's table is made of it. The compiler holds it against their types.

import type { SignalFields } from "../../firmware/app/signal.js";
import type { TelemetryFields } from "../../firmware/device/telemetry.js";

interface Meaning {
  /** Empty where it has none. */
  unit: string;
  means: string;
}

/** In the order in which they stand in a record. */
const FIELDS: { readonly [F in keyof Required<SignalFields & TelemetryFields>]: Meaning } = {
  uptime: { unit: "s", means: "since power-on or restart" },
  reset: {
    unit: "",
    means: "why it has started, in its first record: `power`, `command`, `engine:online`, …",
  },
  safe: { unit: "", means: "it has started safely, without what is stored" },
  time: { unit: "s", means: "since 1970, UTC; left out while the time is unknown" },
  rat: { unit: "", means: "`LTE-M`, `NB-IoT` or `GSM`" },
  rssi: { unit: "dBm", means: "signal strength (AT+CSQ)" },
  rsrp: { unit: "dBm", means: "power of the reference signal (AT+CPSI)" },
  rsrq: { unit: "dB", means: "its quality" },
  sinr: { unit: "dB", means: "signal to noise" },
  band: { unit: "", means: "the band, e.g. `B20`; of 2G `DCS 1800`" },
  plmn: { unit: "", means: "the network's MCC and MNC" },
  cell: { unit: "", means: "the cell's number" },
  lat: { unit: "°", means: "where it was seen to be (WGS 84), to five decimals; where `positionS` is set" },
  lon: { unit: "°", means: "east positive" },
  alt: { unit: "m", means: "above the sea" },
  speed: { unit: "km/h", means: "" },
  course: { unit: "°", means: "from north, clockwise" },
  acc: { unit: "m", means: "how far off that may be" },
  fixAge: { unit: "s", means: "since it was there" },
  airTx: { unit: "bytes", means: "sent since power-on, without TCP/IP headers" },
  airRx: { unit: "bytes", means: "received" },
  radioOn: { unit: "s", means: "with the radio on" },
  monthKb: { unit: "kB", means: "in 30 days at the rate so far, headers included; from the sixth hour on" },
  dataUsedKb: { unit: "kB", means: "of this UTC day, where `dataBudgetKbPerDay` is set" },
  dataBudget: { unit: "", means: "`near` or `spent`" },
  acked: { unit: "", means: "records acknowledged since power-on" },
  lost: { unit: "", means: "records that a full outbox dropped, or that could not be sent" },
  reconnects: { unit: "", means: "connections after the first" },
  resumed: { unit: "", means: "TLS handshakes that went on from an earlier session, over all sleeps, if any" },
  refused: { unit: "", means: "commands neither carried out nor answered, if any" },
};

/** As a table in Markdown. */
export function telemetryTable(): string {
  const rows = Object.entries(FIELDS).map(([name, { unit, means }]) => `| \`${name}\` | ${unit} | ${means} |`);
  return ["| field | unit | |", "|---|---|---|", ...rows].join("\n");
}
