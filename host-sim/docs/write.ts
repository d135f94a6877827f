// `npm run docs`: writes the tables of the documents that are made from the source, each at its own mark.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { filled } from "../storm/report/document.js";
import { exportTable } from "./api.js";
import { keyTable } from "./compact.js";
import { eventTable } from "./events.js";
import { settingTable } from "./settings.js";
import { telemetryTable } from "./telemetry.js";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** Files of host-sim/exports/. */
const ENTRIES = ["app", "sensors", "testing", "mqtt", "device", "decode", "sim-modem", "sim-cloud"];

/** Tables by the document that holds them, and by their marks in it. */
export const TABLES: Readonly<Record<string, () => Readonly<Record<string, string>>>> = {
  "README.md": () => ({ telemetry: telemetryTable() }),
  "docs/log.md": () => ({ events: eventTable() }),
  "docs/api.md": () => Object.fromEntries(ENTRIES.map((entry) => [entry, exportTable(process.cwd(), entry)])),
  "docs/compact.md": () => ({ keys: keyTable() }),
  "docs/settings.md": () => ({ settings: settingTable() }),
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [path, tables] of Object.entries(TABLES)) {
    const file = join(ROOT, path);
    writeFileSync(file, filled(readFileSync(file, "utf8"), tables()));
  }
}
