// `simkey settings`: all that can be set on a device, with those of the project's app where there is one.

import { tableOf } from "../../../firmware/compose.js";
import { allowed, type Setting } from "../../../firmware/settings/kinds.js";
import { UsageError } from "../output/errors.js";
import { changersOf } from "../parts/changers.js";
import { configured } from "../parts/configured.js";
import { meant } from "../parts/nearest.js";
import { loadApp, projectIn } from "../parts/project.js";
import type { Surroundings } from "../parts/surroundings.js";

/**
 * @param name one of them; left out: all
 * @throws UsageError for a name that is none, and as `loadApp` and, once they are shown, `configured` for those in `simkey.json`
 */
export async function settingsCommand(name: string | undefined, around: Surroundings): Promise<void> {
  const project = projectIn(process.cwd());
  const path = project?.app;
  const joined = tableOf(path === undefined ? undefined : await loadApp(path));
  const table = Object.entries<Setting>(joined);
  const shown = table.filter(([known]) => name === undefined || known === name);
  if (shown.length === 0) {
    const near = meant(
      name!,
      table.map(([known]) => known),
    );
    throw new UsageError(`there is no setting "${name}"${near}; simkey settings shows all`);
  }
  for (const [known, setting] of shown) around.stdout(textOf(known, setting, project?.settings[known]));
  if (project) configured(project.settings, joined);
}

/** @param built the value in `simkey.json` */
function textOf(name: string, setting: Setting, built: unknown): string {
  const value = setting.default === undefined ? "" : `; default: ${setting.default}`;
  const own = built === undefined ? "" : `; in simkey.json: ${setting.secret ? "not shown" : built}`;
  const by = changersOf(name, setting);
  return `${name}\n    ${setting.help}\n    ${allowed(setting)}${value}${own}; changed by: ${by}\n`;
}
