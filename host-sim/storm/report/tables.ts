// The report's tables and lines, in Markdown.

import { VERDICTS } from "../verdicts/index.js";
import type { Distribution } from "./distribution.js";
import type { Reliability } from "./reliability.js";
import { durationText, grouped, percentText } from "./words.js";

/** The parts of docs/evidence/reliability.md that are written by the command, by name. @param command the one that wrote them */
export function blocksOf(report: Reliability, command: string): Readonly<Record<string, string>> {
  return {
    run: runText(report, command),
    records: recordsText(report),
    recovery: recoveryText(report),
    faults: faultsText(report),
    drawn: drawnText(report),
    verdicts: table(
      ["verdict", "promise", "seen"],
      VERDICTS.map(({ name, promise, fromHours = 0 }) => [
        `\`${name}\``,
        promise,
        report.run.hours < fromHours ? `from ${fromHours} h on` : grouped(report.seen[name] ?? 0),
      ]).concat([
        [
          "`same-twice`",
          "The same seed gives the same trace to the byte (one seed in twenty is run twice).",
          grouped(report.run.twice),
        ],
      ]),
    ),
  };
}

function runText({ run, broken }: Reliability, command: string): string {
  const pieces = run.sessions.length === 1 ? "in one piece" : `in ${run.sessions.length} pieces`;
  const machines = run.sessions.map(
    ({ cores, model, node, threads }) => `${model}, ${cores} cores, Node ${node}, ${threads} seeds at a time`,
  );
  const judgement =
    broken.length === 0
      ? "Every seed kept every promise."
      : `**${broken.length} seeds broke a promise:** ${broken.map(({ seed, verdicts }) => `${seed} (${verdicts.join(", ")})`).join("; ")}.`;
  return table(
    ["", ""],
    [
      ["seeds", `${grouped(run.seeds)}, the first is ${run.firstSeed}`],
      ["each", `${run.hours} virtual hours: ${grouped(run.deviceDays)} device-days in all`],
      ["judgement", judgement],
      ["run twice, and the same twice", `${grouped(run.twice)} of them`],
      ["machine", [...new Set(machines)].join("; ")],
      [
        "real time",
        `${durationText(run.minutes * 60_000)}, ${pieces}; ${run.perMinute.toFixed(1)} device-days a minute`,
      ],
      ["code", `\`${run.code}\` (hash of all that decides what a seed gives)`],
      ["command", `\`${command}\``],
    ],
  );
}

function recordsText({ records, devices }: Reliability): string {
  const { recorded, acked, repeated, dropped, lost, others } = records;
  const row = (name: string, count: number, what: string) => [name, grouped(count), what];
  return table(
    ["", "count", ""],
    [
      row("written", recorded, "kept by the outbox: from then on a record may not be lost"),
      row("acknowledged", acked, `by the broker; ${percentText(acked / recorded)} of them`),
      row("dropped", dropped, `by the full outbox, counted, never arrived; ${percentText(dropped / recorded)}`),
      row("others", others, "on their way when the run ended, or dropped after they had arrived"),
      row("lost", lost, "nowhere"),
      row(
        "repeated",
        repeated,
        `arrived once more, for want of an acknowledgement; ${percentText(repeated / recorded)}`,
      ),
      row("commands", devices.received, "came from the cloud and were answered"),
      row("restarts of a chip", devices.restarts, "not counting the first power-on"),
      row("onboardings", devices.onboardings, "tokens obtained"),
      row("reconnects", devices.reconnects, "CONNECTs admitted besides the first"),
    ],
  );
}

function recoveryText({ rungs, recovery, waits }: Reliability): string {
  const row = (name: string, of: Distribution | undefined) => [
    name,
    grouped(of?.count ?? 0),
    ...(of ? [of.p50, of.p90, of.p99, of.max].map(durationText) : ["", "", "", ""]),
  ];
  const least = percentText(Math.min(...waits.shares));
  const most = percentText(Math.max(...waits.shares));
  return [
    table(
      ["strongest rung", "outages", "p50", "p90", "p99", "longest"],
      [...rungs.map(({ rung, recovery: of }) => row(`\`${rung}\``, of)), row("all", recovery)],
    ),
    "",
    `Between failures the devices waited ${grouped(waits.count)} times. Of each wait's longest possible time, every tenth was drawn about as often: between ${least} and ${most} of all waits lie in it.`,
  ].join("\n");
}

/** Columns of the table of draws: what is more goes on in a row below, without a name. */
const COLUMNS = 130;
/** What stands around two cells. */
const FRAME = "|  |  |".length;

function drawnText({ drawn }: Reliability): string {
  return table(
    ["", "how many seeds had it"],
    drawn.flatMap(({ name, values }) => {
      const rows: [string, string][] = [];
      for (const { value, count } of values) {
        const text = `${value}: ${grouped(count)}`;
        const last = rows.at(-1);
        if (last && FRAME + last[0].length + `${last[1]}, ${text},`.length <= COLUMNS) last[1] += `, ${text}`;
        else {
          if (last) last[1] += ",";
          rows.push([last ? "" : name, text]);
        }
      }
      return rows;
    }),
  );
}

function faultsText({ faults, bySeam }: Reliability): string {
  const total = bySeam.reduce((sum, { count }) => sum + count, 0);
  return [
    `${grouped(total)} faults of ${faults.length} kinds:`,
    "",
    table(
      ["seam", "kind", "what goes wrong", "injected"],
      faults.map(({ seam, kind, help, count }) => [seam, `\`${kind}\``, help, grouped(count)]),
    ),
  ].join("\n");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), `|${"---|".repeat(head.length)}`, ...rows.map(line)].join("\n");
}
