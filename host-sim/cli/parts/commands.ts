// `simkey modem --commands`: what this modem has of the manual, and what it has not.

import { EFFECTS, REFUSED } from "../../modem/effects.js";
import { MANUAL } from "../../modem/manual.js";

const CHAPTERS: Readonly<Record<string, string>> = {
  2: "V.25ter",
  3: "3GPP TS 27.007",
  4: "messages",
  5: "SIMCom",
  6: "GPRS",
  7: "IP",
  8: "GNSS",
  9: "files",
  10: "SIM toolkit",
  11: "SSL",
  12: "TCP and UDP",
  13: "HTTP",
  14: "ping",
  15: "FTP",
  16: "NTP",
  17: "MQTT",
  18: "CoAP",
  19: "DNS",
  20: "location by cells",
  21: "e-mail",
};

/** The table, for people. */
export function commandList(): string {
  const sections = new Map(MANUAL.map(([section, name]) => [name, section]));
  const rows = Object.entries(EFFECTS).map(
    ([name, effect]) => `  ${`AT${name}`.padEnd(15)} ${(sections.get(name) ?? "-").padEnd(9)} ${effect}`,
  );
  const missing = Object.entries(CHAPTERS).flatMap(([chapter, title]) => {
    const names = MANUAL.filter(
      ([section, name]) => section.split(".")[0] === chapter && !Object.hasOwn(EFFECTS, name),
    );
    const listed = names.map(([, name]) => `AT${name}${Object.hasOwn(REFUSED, name) ? ` (${REFUSED[name]})` : ""}`);
    return listed.length === 0 ? [] : [`  §${chapter} ${title}: ${listed.join(", ")}`];
  });
  return (
    "The simulated modem's commands; sections of the SIM7070/7080/7090 AT Command Manual V1.07:\n" +
    `${rows.join("\n")}\n\nThe manual has, and this modem has not (they answer ERROR):\n${missing.join("\n")}\n` +
    "PPP: ATD*99# enters data mode, and nobody answers the host's PPP.\n"
  );
}
