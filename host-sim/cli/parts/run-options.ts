// What `simkey run` is told, and what is made of it together with the project's and the settings file's word.

import type { CloudOrder } from "../../../firmware/cloud/cloud.js";
import { CLOUDS, cloudNamed, DEFAULT_CLOUD } from "../../../firmware/clouds.js";
import { type DeviceApp, tableOf } from "../../../firmware/compose.js";
import type { Config } from "../../../firmware/settings/table.js";
import type { Entry } from "../output/entry.js";
import { UsageError } from "../output/errors.js";
import type { ModemAddress } from "./address.js";
import type { Greeting } from "./clouds.js";
import { configured } from "./configured.js";
import type { Project } from "./project.js";
import { readSettings } from "./settings.js";
import type { WayOptions } from "./way.js";

/** The options of one run, as the grammar names them. */
export interface RunOptions extends Omit<WayOptions, "profile" | "transport" | "commands" | "onPublish"> {
  /** Left out: the project's cloud, or 1NCE. */
  profile?: WayOptions["profile"];
  modem: string;
  /** The app's module; left out: the one of the project in this folder, if it is one. */
  app?: string;
  /** Commands that the cloud sends, as JSON. */
  command: string[];
  transport?: WayOptions["transport"];
  publishForm?: string;
  onboarding?: string;
  ca?: string;
  messages: number;
  /** Seconds; 1 when neither this nor a settings file says otherwise. */
  interval?: number;
  state?: string;
  fault: string[];
  delayScale: number;
  timeout: number;
  config?: string;
  json: boolean;
  trace: string[];
  show: string[];
  record?: string;
  /** Serve the page on this run. */
  page?: boolean;
}

/** What `--trace` and `--show` take. */
export const TRACES = ["at", "mqtt", "http", "cloud"];
export const SHOWN = ["payload"];
/** Whether somebody at the terminal has asked for it. */
export function isAskedFor({ event, layer }: Entry, { trace, show }: RunOptions): boolean {
  if (event === "trace") return trace.includes(String(layer));
  return event !== "payload" || show.includes("payload");
}

/** Whoever looks on ends the run; unless it was told when to end. */
export const endless = ({ messages, timeout }: RunOptions, isGiven: (option: string) => boolean) => ({
  messages: isGiven("messages") ? messages : Number.POSITIVE_INFINITY,
  timeout: isGiven("timeout") ? timeout : MOST_TIMEOUT_S,
});
const MOST_TIMEOUT_S = 864_000;

/** What a project says of its cloud, as the options say it; they win. */
export function orderedBy(project: Project | undefined): Pick<WayOptions, "profile"> & Partial<WayOptions> {
  const {
    name = DEFAULT_CLOUD,
    host,
    port,
    clientId,
    audience,
    topic,
    alpn,
    other,
  } = (project?.cloud ?? {}) as Partial<CloudOrder>;
  return {
    profile: cloudNamed(name),
    ...(host !== undefined && { broker: `mqtts://${host}:${port}` }),
    ...(clientId !== undefined && { clientId }),
    ...(audience !== undefined && { audience }),
    ...(topic !== undefined && { topic }),
    ...(alpn !== undefined && { alpn }),
    ...(other !== undefined && { username: other }),
  };
}

/** A command of `--command`. @param number its id, where it has none @throws UsageError */
export function readCommand(text: string, number: number): Greeting {
  try {
    const command = JSON.parse(text) as Partial<Greeting>;
    if (typeof command === "object" && command !== null && typeof command.cmd === "string")
      return { id: String(number), ...command } as Greeting;
  } catch {}
  throw new UsageError(`--command must be JSON such as {"cmd":"ping"}, not "${text}"`);
}

/** What the command line names wins over the settings file, that over the project's, and that over the defaults of a run. */
export function readConfig(
  options: RunOptions & Pick<WayOptions, "profile">,
  modem: ModemAddress,
  app: DeviceApp | undefined,
  project: Project | undefined,
): Config {
  const { interval, transport, publishForm } = options;
  const named = {
    ...(interval !== undefined && { telemetryIntervalS: interval }),
    ...(transport !== undefined && { transport }),
    ...(publishForm !== undefined && { publishForm }),
    ...(modem.kind === "serial" && { modemBaud: modem.baud }),
    ...(options.onboarding !== undefined && readOnboarding(options.onboarding)),
  };
  const given = {
    ...CLOUDS[options.profile].settings,
    ...project?.settings,
    // Whoever looks on does not wait as long as a device in the field.
    telemetryIntervalS: 1,
    ...(options.config !== undefined && readSettings(options.config)),
    ...named,
  };
  return configured(given, tableOf(app));
}

function readOnboarding(text: string): Record<string, unknown> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "https:" || url.pathname !== "/" || url.username !== "" || url.search !== "") {
    throw new UsageError(`--onboarding must be https://HOST[:PORT], not "${text}"`);
  }
  return { onboardingHost: url.hostname, onboardingPort: url.port === "" ? 443 : Number(url.port) };
}
