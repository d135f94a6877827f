// Commands from the cloud: JSON objects on `<iccid>/commands/#`, each answered on `<iccid>/responses`. Which there
// are, the apps say.
//
//   {"id":"7","cmd":"ping"}                       → {"id":"7","ok":true,"uptime":12}
//   anything else                                 → {"id":…,"ok":false,"error":"unknown-command","detail":"…"}
//   more commands than are taken                  → {"id":…,"ok":false,"error":"busy","detail":"…"}, now and then
//
// Nothing here does IO, and nothing is carried out: a command is read and checked, an answer made.

import { type JsonNames, type JsonValue, readJson } from "../bytes/json.js";
import { knownKey } from "../bytes/known.js";
import type { AppArg, AppArgs, AppArgValues } from "../platform/app.js";
import { ConfigError } from "../settings/configure.js";

/** A command larger than this is answered with `too-large` and not parsed. In bytes. */
export const MAX_COMMAND_BYTES = 512;
/** Why there is no restart while an update is on trial, whoever asks. */
export const WOULD_UNDO = "a restart would undo the update that is on trial";
/** `id` is echoed, so it is bounded. In characters. */
const MAX_ID_LENGTH = 64;

export type Json = { [key: string]: string | number | boolean | null | Json };

/** What a command is answered under. */
export type CommandId = string | number | null;

/** What is asked of a command by way of reading it; who runs it is the caller's. */
export interface Command {
  readonly help: string;
  readonly args?: AppArgs;
}

export type Commands = Readonly<Record<string, Command>>;

/** A command that may be carried out. */
export interface Asked<C> {
  name: string;
  id: CommandId;
  command: C;
  /** As its table has them, checked. */
  args: AppArgValues<AppArgs>;
}

/** What came, or its answer where it is not to be carried out. `name`: where it is a known one. */
export type Reading<C> = { asked: Asked<C> } | { name?: string; answer: Json };

/** The members of all commands; besides these a command's own are looked at, and no others. */
const MEMBERS = { id: "plain", cmd: "plain" } as const;

/** Most commands of an app, and characters of a name of one and of an argument. */
export const APP_COMMANDS_MOST = 16;
const isName = (name: string) => /^[A-Za-z][A-Za-z0-9-]{0,23}$/.test(name);

/**
 * Sees whether an app's commands can be those of a device.
 * @param others what the device has already
 * @throws ConfigError for a name that the device has or that is none
 */
export function checkCommands(app: Commands | undefined, others: Commands): void {
  const own = Object.entries(app ?? {});
  if (own.length > APP_COMMANDS_MOST) throw new ConfigError(`an app has at most ${APP_COMMANDS_MOST} commands`);
  for (const [name, { args }] of own) {
    const about = `the app's command "${name}"`;
    if (knownKey(others, name) !== undefined) throw new ConfigError(`${about} exists already: every device has it`);
    if (!isName(name)) throw new ConfigError(`${about} must have a name of at most 24 letters, digits and hyphens`);
    for (const arg of Object.keys(args ?? {})) {
      if (!isName(arg) || knownKey(MEMBERS, arg) !== undefined) {
        throw new ConfigError(`${about} cannot have an argument "${arg}"`);
      }
    }
  }
}

/**
 * Reads one command.
 * @param payload the bytes as they came from the broker, not trusted
 * @param tables the commands that there are, by name
 * @param busy more commands come than are taken: this one is answered, and not carried out. Says how many are.
 */
export function readCommand<C extends Command>(
  payload: Uint8Array,
  tables: readonly Readonly<Record<string, C>>[],
  busy?: string,
): Reading<C> {
  // In a call of its own, from where the stack is shallow: reading is what goes deepest of all that a device does.
  const request = payload.length <= MAX_COMMAND_BYTES ? parseObject(payload, MEMBERS) : TOO_LARGE;
  return readingOf(request, payload, tables, busy);
}

/** In place of what a command says that is not read. */
const TOO_LARGE = {};

function readingOf<C extends Command>(
  request: { [name: string]: JsonValue | undefined } | undefined,
  payload: Uint8Array,
  tables: readonly Readonly<Record<string, C>>[],
  busy: string | undefined,
): Reading<C> {
  const id = idOf(request?.id);
  if (busy !== undefined) return refused(id ?? null, "busy", busy);
  if (request === TOO_LARGE) return refused(null, "too-large", `at most ${MAX_COMMAND_BYTES} bytes`);
  if (request === undefined) return refused(null, "malformed", "not a JSON object");
  if (id === undefined) {
    return refused(null, "malformed", `"id" must be a string or number of at most ${MAX_ID_LENGTH} characters`);
  }
  const { cmd } = request;
  if (typeof cmd !== "string") return refused(id, "malformed", `"cmd" must be a string`);
  for (const table of tables) {
    const name = knownKey(table, cmd);
    if (name === undefined) continue;
    const command = table[name]!;
    const args = argsOf(payload, command.args);
    return typeof args === "string"
      ? { name, ...refused(id, "bad-argument", args) }
      : { asked: { name, id, command, args } };
  }
  const known = tables.flatMap((table) => Object.keys(table));
  return refused(id, "unknown-command", `known: ${known.join(", ")}`);
}

const refused = (id: CommandId, error: string, detail: string) => ({ answer: refusal(id, error, detail) });

/** The answer to a command that is not carried out. @param error stable, lower-case, with dashes */
export function refusal(id: CommandId, error: string, detail: string): Json {
  return { id, ok: false, error, detail };
}

function parseObject(payload: Uint8Array, names: JsonNames): { [name: string]: JsonValue | undefined } | undefined {
  try {
    return readJson(payload, names);
  } catch {
    return undefined;
  }
}

/** The id to echo: null when there is none, undefined when it is not one. */
function idOf(value: unknown): CommandId | undefined {
  if (value === undefined || value === null) return null;
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  return typeof value === "string" && value.length <= MAX_ID_LENGTH ? value : undefined;
}

/** A command's arguments, or what is wrong with one. */
function argsOf(payload: Uint8Array, table: AppArgs | undefined): AppArgValues<AppArgs> | string {
  const args: { [name: string]: string | number | boolean } = {};
  if (table === undefined) return args;
  // biome-ignore lint/plugin: the names are the table's
  const names: JsonNames = Object.fromEntries(Object.keys(table).map((name) => [name, "plain"]));
  const given = parseObject(payload, names) ?? {};
  for (const [name, arg] of Object.entries(table)) {
    const value = given[name];
    if (value === undefined && arg.optional) continue;
    if (value === undefined || !isArg(arg, value)) return `"${name}" must be ${ruleOf(arg)}`;
    args[name] = value;
  }
  return args;
}

function isArg(arg: AppArg, value: JsonValue): value is string | number | boolean {
  if ("choices" in arg) return arg.choices.includes(value as string);
  if ("text" in arg) return typeof value === "string" && value.length <= arg.text;
  if ("boolean" in arg) return typeof value === "boolean";
  const { range, fractions } = arg;
  if (typeof value !== "number" || !(value >= range[0] && value <= range[1])) return false;
  return fractions === true || Number.isInteger(value);
}

function ruleOf(arg: AppArg): string {
  if ("choices" in arg) return `one of ${arg.choices.join(", ")}`;
  if ("text" in arg) return `text of at most ${arg.text} characters`;
  if ("boolean" in arg) return "true or false";
  return `a ${arg.fractions ? "" : "whole "}number from ${arg.range.join(" to ")}`;
}
