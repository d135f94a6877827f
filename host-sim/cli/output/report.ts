// What a run prints: a timeline for people or JSON lines for programs, from the same events.

import type { LogValue } from "../../../firmware/platform/events.js";
import type { Screen, Surroundings } from "../parts/surroundings.js";
import type { Entry, EntryOf, RunEvent } from "./entry.js";
import { laneOf, nameOf } from "./lanes.js";
import { colourOf, painted } from "./paint.js";
import { wrapped } from "./wrap.js";

/** Where entries go. */
export type Report = (entry: Entry) => void;

/** The report a command writes, and the milliseconds since it began. */
export function reporting(
  json: boolean,
  around: Pick<Surroundings, "stdout" | "screen">,
): { report: Report; elapsed: () => number } {
  const began = performance.now();
  return {
    report: json ? jsonReport(around.stdout) : timeline(around.stdout, around.screen),
    elapsed: () => Math.round(performance.now() - began),
  };
}

/** One JSON object a line: as it is, and its lane and name of desk/entry.ts behind it. */
export function jsonReport(write: (line: string) => void): Report {
  return (entry) =>
    write(`${JSON.stringify({ ...entry, lane: laneOf(entry), ...(!("name" in entry) && { name: nameOf(entry) }) })}\n`);
}

const bytes = (value: LogValue) => `${value} bytes`;
const seconds = (value: LogValue) => `${(Number(value) / 1000).toFixed(1)} s`;

/** The sentence for each event; one that is not listed is shown with its fields. */
const SENTENCES: { readonly [E in RunEvent]?: (e: EntryOf<E>) => string } = {
  "cloud-ready": (e) => `simulated cloud at ${e.address}; its root is ${e.ca}`,
  "update-scene": (e) => `${e.what}`,
  update: (e) =>
    `${e.update ?? "a manifest"}: ${e.state}${e.percent === undefined ? "" : ` ${e.percent} %`}${e.reason === undefined ? "" : ` [${e.reason}]`}`,
  "update-window": (e) => `offline, to fetch bytes ${e.from} to ${e.length}`,
  "update-window-over": (e) => `${e.done} bytes are there, ${bytes(e.airBytes)} went over the air in ${seconds(e.ms)}`,
  "update-check": (e) => `the digest of ${bytes(e.bytes)} ${e.ok ? "is the one that was signed" : "is another one"}`,
  "update-retry": (e) => `gone on with in ${seconds(e.ms)}`,
  departure: (e) => `entry ${e.line} of the record: ${e.text}`,
  "modem-ready": (e) => `modem: ${e.modem}`,
  "page-ready": (e) => `${e.url}`,
  stage: (e) => `${e.detail}`,
  online: (e) => `network: ${e.rat ?? "?"} on ${e.plmn ?? "?"}, ${e.rssi ?? "?"} dBm, SIM ${e.iccid ?? "?"}`,
  clock: (e) => `clock set from ${e.source}: ${new Date(Number(e.wallMs)).toISOString()}`,
  onboarding: (e) => `asking ${e.host} who we are`,
  onboarded: (e) => `client id ${e.clientId}, endpoint ${e.endpoint}, username ${bytes(e.usernameBytes)} […]`,
  connecting: (e) => `${e.host}:${e.port}${e.alpn === undefined ? "" : `, ALPN ${e.alpn}`}`,
  connected: (e) =>
    e.by === "https"
      ? "publishing by HTTPS; no commands are heard"
      : `CONNACK after ${seconds(e.ms)}, subscribed to ${e.filter}`,
  recorded: (e) => `${e.topic} #${e.seq}, ${bytes(e.bytes)}`,
  acked: (e) => `${e.by === "https" ? "HTTP 200" : "PUBACK"} for #${e.seq}`,
  command: (e) => `${e.topic}: ${e.cmd}`,
  answered: (e) => `${e.ok ? "ok" : "refused"} on ${e.topic}`,
  failure: (e) => `${e.message} [${e.code}]`,
  start: (e) => `started after: ${e.reset}${e.safe ? "; safely: without the persistent session" : ""}`,
  pausing: (e) => `${e.ms} ms before anything is tried: the starts before this one led to nothing`,
  "backing-off": (e) => `next attempt in ${seconds(e.ms)} (failure ${e.failures}, rung ${e.rung})`,
  climbing: (e) => `recovery: ${e.rung}`,
  waiting: (e) => `still waiting: ${e.what}`,
  draining: (e) => `credentials end soon: ${e.waiting} records are waited for before the reconnect`,
  located: (e) => `found after ${seconds(e.ms)}${e.accuracyM === undefined ? "" : `, to ${e.accuracyM} m`}`,
  "no-position": (e) => `${e.message} [${e.code}]`,
  // Why not is the command's last line.
  check: (e) => (e.ok ? `ok  ${e.text}` : "NOT OK"),
  app: (e) => `${e.message}`,
  "app-fault": (e) => `${e.part}: ${e.message} [${e.code}]`,
  board: (e) => `${e.part} ${e.name} ${e.value}`,
  fault: (e) => `${e.fault} begins`,
  asked: (e) => `${e.what}, by simkey send`,
  payload: (e) => `${e.direction === "tx" ? ">" : "<"} ${e.topic} ${e.text}`,
  trace: (e) => `${e.direction === "tx" ? ">" : "<"} ${e.text}`,
};

/** @returns undefined for an event that has none */
function sentenceOf(entry: Entry): string | undefined {
  const sentences = SENTENCES as Readonly<Record<string, ((e: Entry) => string) | undefined>>;
  return sentences[entry.event]?.(entry);
}

/** Events that a person reads without loss as one of the others. */
const QUIET: ReadonlySet<string> = new Set(["phase"]);

/**
 * A line for each event: time, name, sentence. An error is told one time: a failure that comes again by its code alone, and the
 * one that ends the run by the command's last line (errors.ts).
 * @param screen where it is written to a terminal: its lines are wrapped, and have colours
 */
export function timeline(write: (line: string) => void, screen?: Screen): Report {
  const columns = screen === undefined ? () => Number.POSITIVE_INFINITY : () => screen.columns();
  let told = "";
  return (entry) => {
    if (entry.event === "summary") {
      write(
        `${summary(entry)
          .map((line) => wrapped(line, { columns: columns(), indent: 14 }))
          .join("\n")}\n`,
      );
      return;
    }
    // That a run begins with power is no news.
    if (entry.event === "start" && entry.reset === "power") return;
    if (QUIET.has(entry.event) || entry.level === "debug" || entry.detail === "") return;
    if (entry.event === "failure" && entry.last === true) return;
    const again = entry.event === "failure" && entry.message === told;
    if (entry.event === "failure") told = String(entry.message);
    const sentence = printable(again ? `the same again [${entry.code}]` : (sentenceOf(entry) ?? fields(entry)));
    const time = `${(entry.t / 1000).toFixed(2).padStart(8)} s`;
    const name = label(entry).padEnd(13);
    const text = wrapped(`${time}  ${name} ${sentence}`, { columns: columns(), indent: INDENT });
    write(`${screen?.colour ? inColour(text, time, name, entry) : text}\n`);
  };
}

/** Columns of time and name. */
const INDENT = 26;

/** Paints time and name, where they stand in one line. */
function inColour(text: string, time: string, name: string, entry: Entry): string {
  const begin = `${time}  ${name}`;
  if (!text.startsWith(begin)) return text;
  return `${painted(time, "dim")}  ${painted(name, colourOf(entry))}${text.slice(begin.length)}`;
}

/** A topic's name, or a modem's line, may hold what steers a terminal. */
const printable = (text: string) => text.replace(/\p{Cc}/gu, ".");

function label(entry: Entry): string {
  if (entry.event === "trace") return String(entry.layer);
  if (entry.event === "check") return String(entry.check);
  return entry.event === "stage" ? String(entry.stage) : entry.event;
}

function fields({ t: _t, event: _event, level: _level, ...rest }: Entry): string {
  return Object.entries(rest)
    .map(([name, value]) => `${name}=${value}`)
    .join(" ");
}

const counted = (count: LogValue, noun: string) => `${count} ${noun}${count === 1 ? "" : "s"}`;
const kilobytes = (value: LogValue) => `${(Number(value) / 1000).toFixed(1)} kB`;

function summary(e: Entry): string[] {
  const first = e.firstPubackMs === undefined ? "" : `; the first after ${seconds(e.firstPubackMs)}`;
  return [
    "",
    `  ${e.ok ? "Done" : "Not done"} after ${seconds(e.t)}`,
    `  records     ${e.acked} acknowledged of ${e.recorded} recorded, ${e.lost} lost${first}`,
    `  commands    ${e.received} received, ${e.answered} answered`,
    `  identity    ${counted(e.onboardings, "token")}, ${counted(e.reconnects, "reconnect")}`,
    `  modem UART  ${kilobytes(e.uartTxBytes)} out, ${kilobytes(e.uartRxBytes)} in`,
    `  over air    ${kilobytes(e.airTxBytes)} out, ${kilobytes(e.airRxBytes)} in (TLS records, without TCP/IP headers)`,
  ];
}
