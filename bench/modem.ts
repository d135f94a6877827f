// What the AT line costs: bytes and line rate per payload, exchanges until a socket is open, and how near the way from
// power-on to the first PUBACK comes to the waits that nobody can avoid. Virtual time: the figures are the same on any machine.

import { powerOn } from "./power-on.js";
import { BenchReport } from "./report.js";
import { KB, NO_DELAYS, REALISTIC, transfer } from "./transfer.js";
import { UPLOAD_GOAL, uploadOverBest } from "./upload.js";

const report = new BenchReport("modem");
const SETTINGS = [NO_DELAYS, REALISTIC];

for (const setting of SETTINGS) {
  report.title(`Payload over the UART, ${setting.name}`);
  for (const baud of [115_200, 921_600]) {
    for (const direction of ["up", "down"] as const) {
      for (const size of [KB, 64 * KB]) {
        const { uartBytes, ms } = await transfer(direction, size, baud, setting);
        const label = `${size / KB} KB ${direction} at ${baud} baud, ${setting.name}`;
        report.row({ metric: `UART bytes per payload byte, ${label}`, value: uartBytes / size, unit: "" });
        const goal = setting.delayScale === 0 && size > KB ? { atLeast: direction === "up" ? 95 : 93 } : undefined;
        // 8 data bits, a start and a stop bit.
        const share = (size * 10 * 1000 * 100) / (ms * baud);
        report.row({ metric: `share of the line rate, ${label}`, value: share, unit: "%", ...(goal && { goal }) });
      }
    }
  }
}

report.title("Upload of 64 KB at 921600 baud, realistic delays, beside the best with one AT command at a time");
const upload = await uploadOverBest();
report.row({
  metric: "best: the delays of each AT+CASEND, its bytes, and the way of the last",
  value: Math.round(upload.bestMs),
  unit: "ms",
});
report.row({ metric: "as it is, on the mean of 4 seeds", value: Math.round(upload.ms), unit: "ms" });
report.row({
  metric: "best over as it is",
  value: upload.bestMs / upload.ms,
  unit: "",
  goal: { atLeast: UPLOAD_GOAL },
});

/** Why each exchange on the way to an open socket is there, by how its command begins; longest match counts. */
const REASONS: readonly (readonly [prefix: string, reason: string])[] = [
  ["AT+CAOPEN", "the socket"],
  ["AT+CNACT=0,1", "an IP address"],
  ["AT+CNACT?", "is there an IP address already, and which"],
  ["AT+CEREG", "has the network taken the SIM"],
  ["AT+CSQ", "how well we hear the network, and which it is"],
  ["AT+CCLK", "the time, without which no certificate can be checked"],
  ["AT+CPIN", "is the SIM ready"],
  ["AT+CCID", "who we are"],
  ["AT+CGDCONT", "the APN"],
  ["AT+CFUN", "radio on"],
  ["AT+IPR", "what the modem has saved: it is written only where it differs"],
  ["AT+CACLOSE", "sockets of a life before"],
  ["ATE0", "echo off: no reset keeps it"],
  ["AT+CMEE", "errors as text, sockets that open without stopping the others: no reset keeps them"],
  ["+++", "leave data mode, if that is why it is silent"],
  ["AT", "is it on, and at this speed"],
];

const { total, exchanges, shares } = await powerOn(115_200);
report.title("AT exchanges from power-on to an open socket");
exchanges.forEach((text, i) => {
  const [, reason] = REASONS.find(([prefix]) => text.startsWith(prefix)) ?? ["", ""];
  report.note(`  ${String(i + 1).padStart(2)}  ${text.slice(0, 90).padEnd(92)} ${reason}`);
});
report.row({
  metric: "AT exchanges from power-on to an open socket",
  value: exchanges.length,
  unit: "",
  goal: { atMost: 20 },
});

report.title("From power-on to the first PUBACK, with realistic delays at 115200 baud");
const sum = shares.reduce((all, { ms }) => all + ms, 0);
for (const { stage, ms } of shares) {
  report.row({
    metric: `cannot be avoided: ${stage}`,
    value: Math.round(ms),
    unit: `ms, ${((100 * ms) / sum).toFixed(0)} %`,
  });
}
report.row({ metric: "cannot be avoided, together", value: Math.round(sum), unit: "ms" });
report.row({ metric: "power-on to first PUBACK", value: Math.round(total), unit: "ms" });
// Its goal stands in `npm run bench:device`.
report.row({ metric: "power-on to first PUBACK over what cannot be avoided", value: total / sum, unit: "" });
report.end();
