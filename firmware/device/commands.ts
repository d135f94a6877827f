// Commands from the cloud: JSON objects on `<iccid>/commands/#`, each answered on `<iccid>/responses`.
//
//   {"id":"7","cmd":"ping"}                       → {"id":"7","ok":true,"uptime":12}
//   {"id":"8","cmd":"status"}                     → {"id":"8","ok":true, …signal and counters}
//   {"id":"9","cmd":"interval","seconds":30}      → {"id":"9","ok":true,"seconds":30}
//   {"id":"10","cmd":"restart"}                   → {"id":"10","ok":true}, then the device restarts
//   anything else                                 → {"id":…,"ok":false,"error":"unknown-command","detail":"…"}
//   more commands than are taken                  → {"id":…,"ok":false,"error":"busy","detail":"…"}, now and then
//
// Nothing here does IO: a command becomes an answer and at most one effect.

import { type JsonRead, readJson } from "../bytes/json.js";
import { knownKey } from "../bytes/known.js";
import { conflictOf, type SleepTimes } from "../settings/rules.js";
import { SETTINGS, valueFor } from "../settings/table.js";

/** A command larger than this is answered with `too-large` and not parsed. In bytes. */
export const MAX_COMMAND_BYTES = 512;
/** `id` is echoed, so it is bounded. In characters. */
const MAX_ID_LENGTH = 64;

export type CommandError = "too-large" | "malformed" | "unknown-command" | "bad-argument" | "too-soon" | "busy";

/** What the device must do besides answering. */
export type Effect = { do: "set-interval"; seconds: number } | { do: "restart" };

export type Json = { [key: string]: string | number | boolean | null | Json };

/** What commands may look at. */
export interface CommandContext {
  /** Whole seconds since power-on. */
  uptimeS: number;
  /** The fields of a telemetry record. */
  status: Json;
  /** What an interval must go together with. */
  times: SleepTimes;
  /** Whether the last restart by a command is long enough ago. */
  mayRestart: () => boolean;
  /** More commands come than are taken: this one is answered, and not carried out. Says how many are. */
  busy?: string | undefined;
}

/** A restart by a command comes at most this often, in milliseconds: one that is sent again and again must not stop a device. */
export const RESTART_EVERY_MS = 600_000;

export interface Outcome {
  /** Name of the command, where it is a known one. */
  name?: string;
  /** The answer, ready for JSON.stringify. */
  answer: Json;
  effect?: Effect;
}

/** The members of all commands: others are not looked at. */
const MEMBERS = { id: "plain", cmd: "plain", seconds: "plain" } as const;
type Request = JsonRead<typeof MEMBERS>;

interface Command {
  help: string;
  run: (
    args: Request,
    context: CommandContext,
  ) => { fields?: Json; effect?: Effect } | { bad: string; error?: CommandError };
}

const INTERVAL_RULE = SETTINGS.telemetryIntervalS.range.join(" to ");

/** The documented command set. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  ping: { help: "answers with the uptime", run: (_args, { uptimeS }) => ({ fields: { uptime: uptimeS } }) },
  status: { help: "answers with signal, counters and uptime", run: (_args, { status }) => ({ fields: status }) },
  interval: {
    help: `sets the telemetry interval; "seconds": ${INTERVAL_RULE}`,
    run: (args, { times }) => {
      const seconds = valueFor("telemetryIntervalS", args.seconds);
      if (seconds === undefined) return { bad: `"seconds" must be a whole number from ${INTERVAL_RULE}` };
      const conflict = conflictOf({ ...times, telemetryIntervalS: seconds });
      return conflict === undefined
        ? { fields: { seconds }, effect: { do: "set-interval", seconds } }
        : { bad: conflict };
    },
  },
  restart: {
    help: "answers, then restarts the device; at most once in 10 minutes",
    run: (_args, { mayRestart }) =>
      mayRestart() ? { effect: { do: "restart" } } : { bad: "at most one restart in 10 minutes", error: "too-soon" },
  },
};

/**
 * Carries out one command.
 * @param payload the bytes as they came from the broker, not trusted
 * @returns the answer and what to do; never throws
 */
export function runCommand(payload: Uint8Array, context: CommandContext): Outcome {
  const isShort = payload.length <= MAX_COMMAND_BYTES;
  const request = isShort ? parseObject(payload) : undefined;
  const id = idOf(request?.id);
  if (context.busy !== undefined) return refusal(id ?? null, "busy", context.busy);
  if (!isShort) return refusal(null, "too-large", `at most ${MAX_COMMAND_BYTES} bytes`);
  if (request === undefined) return refusal(null, "malformed", "not a JSON object");
  if (id === undefined)
    return refusal(null, "malformed", `"id" must be a string or number of at most ${MAX_ID_LENGTH} characters`);
  const name = request.cmd;
  if (typeof name !== "string") return refusal(id, "malformed", `"cmd" must be a string`);
  const known = knownKey(COMMANDS, name);
  if (known === undefined) return refusal(id, "unknown-command", `known: ${Object.keys(COMMANDS).join(", ")}`);
  const result = COMMANDS[known]!.run(request, context);
  if ("bad" in result) return { name: known, ...refusal(id, result.error ?? "bad-argument", result.bad) };
  const answer = { id, ok: true, ...result.fields };
  return result.effect ? { name: known, answer, effect: result.effect } : { name: known, answer };
}

const refusal = (id: string | number | null, error: CommandError, detail: string): Outcome => ({
  answer: { id, ok: false, error, detail },
});

function parseObject(payload: Uint8Array): Request | undefined {
  try {
    return readJson(payload, MEMBERS);
  } catch {
    return undefined;
  }
}

/** The id to echo: null when there is none, undefined when it is not one. */
function idOf(value: unknown): string | number | null | undefined {
  if (value === undefined || value === null) return null;
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  return typeof value === "string" && value.length <= MAX_ID_LENGTH ? value : undefined;
}
