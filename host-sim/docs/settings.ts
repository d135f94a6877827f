// The table of settings as docs/settings.md shows it: each row as firmware/settings/table.ts has it.

import { allowed, type Setting, WHO } from "../../firmware/settings/kinds.js";
import { SETTINGS, type Table } from "../../firmware/settings/table.js";

/** A `|` would end the cell. */
const cell = (text: string) => text.replaceAll("|", "\\|");

/** The table of docs/settings.md. @param table the settings that there are: of a device with an app, `tableOf(app)` */
export function settingTable(table: Table = SETTINGS): string {
  const rows = Object.entries<Setting>(table).map(([name, setting]) => {
    const value = setting.default === undefined ? "" : `\`${setting.default}\``;
    const by = WHO.slice(0, WHO.indexOf(setting.by) + 1).join(", ");
    const help = setting.secret ? `${setting.help}; never shown` : setting.help;
    return `| ${[`\`${name}\``, allowed(setting), value, by, help].map(cell).join(" | ")} |`;
  });
  return ["| setting | must be | default | changed by | what it is |", "|---|---|---|---|---|", ...rows].join("\n");
}
