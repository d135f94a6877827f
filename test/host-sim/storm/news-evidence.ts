// Evidence of a device that gathers records and is to be woken by news.

import type { Evidence, Logged } from "../../../host-sim/storm/evidence.js";
import { DEFAULT_SIM, iccidOf } from "../../../host-sim/world/sims.js";
import { MINUTE, quietTrial, record } from "./evidence.js";

const TOPIC = `${iccidOf(DEFAULT_SIM)}/telemetry`;
export const phase = (at: number, name: string) =>
  ({ at, level: "info", event: "phase", fields: { phase: name } }) as Logged<"phase">;
export const unkept = (at: number) => ({ at, level: "error", event: "not-recorded", fields: {} }) as Logged;
/** A record of each minute from the 10th on. */
export const said = (...values: readonly (object | undefined)[]) =>
  new Map(
    values.flatMap((value, i) =>
      value ? [record(i + 1, { topic: TOPIC, keptAt: (10 + i) * MINUTE, text: JSON.stringify(value) })] : [],
    ),
  );
export const COLD = { temperature: 40, app: { temperature: 20 } };
export const WARM = { temperature: 10, app: { temperature: 31 } };
export const ASLEEP = phase(9 * MINUTE, "asleep");

/** Its trial. */
export function newsTrial(config: object = {}, deepSleep = false): Evidence["trial"] {
  const { setup } = quietTrial();
  const gathers = { power: "off", recordsPerWake: 6, sendAtOnceWhen: "temperature>30" } as const;
  return quietTrial({ setup: { ...setup, deepSleep, config: { ...setup.config, ...gathers, ...config } } });
}

/** For the table of all verdicts. */
export const NEWS_TABLE = {
  "news-wakes": {
    broken: [{ trial: newsTrial(), log: [ASLEEP], records: said(COLD, WARM) }],
    kept: [
      { trial: newsTrial(), log: [ASLEEP, phase(11 * MINUTE, "linking")], records: said(COLD, WARM) },
      { trial: newsTrial(), log: [ASLEEP], records: said(COLD, COLD) },
    ],
  },
};
