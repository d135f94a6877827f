// What each action of the agent's table does, on the parts of a device.
//
// Rule: every step settles within a bounded time, because each layer below it does.

import type { Plan } from "../cloud/plan.js";
import type { Uplink } from "../cloud/uplink.js";
import { asFailure, rootOf, storyOf } from "../platform/failure.js";
import type { LinkStatus, LinkTime } from "../platform/link.js";
import type { AgentEvent } from "./agent.js";
import type { Intent } from "./boot-record.js";
import { climb } from "./climb.js";
import type { CloudConnection } from "./cloud-connection.js";
import type { Configurator } from "./configurator.js";
import { CONNECTION_BYTES, type DataBudget } from "./data-budget.js";
import type { Fixes } from "./fixes.js";
import type { Rung } from "./ladder.js";
import { writeFailures } from "./memory.js";
import type { OwnApp } from "./own-app.js";
import type { Recorder } from "./recorder.js";
import type { Restarts } from "./restarts.js";
import type { Rests } from "./rests.js";
import type { Runner, Steps } from "./runner.js";
import type { Counters } from "./telemetry.js";
import type { Updates } from "./updates.js";
import type { UsageMeter } from "./usage.js";
import { within } from "./within.js";

/** How long a shut-down waits for the modem to go offline, in milliseconds. */
const DOWN_LIMIT_MS = 15_000;

/** Whose steps they are. */
export interface SteppingDevice extends Pick<Runner, "parts" | "phase" | "waitFor" | "startTimer" | "stopTimer"> {
  readonly counters: Counters;
  readonly meter: UsageMeter;
  readonly cloud: CloudConnection;
  readonly recorder: Recorder;
  readonly configurator: Configurator;
  readonly restarts: Restarts;
  /** What not every device has. */
  readonly own: OwnApp | undefined;
  readonly budget: DataBudget | undefined;
  readonly fixes: Fixes | undefined;
  readonly updates: Updates | undefined;
  readonly rests: Rests | undefined;
  /** Connections so far. */
  connections: number;
  work<T>(
    begin: (device: SteppingDevice) => Promise<T>,
    end?: (device: SteppingDevice, value: T) => AgentEvent | undefined,
  ): void;
  /** Restarts the chip at once. */
  restart(why: Intent): void;
  /** It has shut down. */
  onDown(): void;
}

/** By action. */
export const STEPS: Steps<SteppingDevice> = {
  link: (device) => device.work(linkUp, isUp),
  "read-clock": (device) => device.work(askTime, setClock),
  "get-credentials": (device) => device.work(getPlan, usePlan),
  "forget-credentials": ({ parts, cloud }) => parts.profile.forget(cloud.means()),
  connect: (device) => device.work(connect, connected),
  disconnect,
  drain: (device) => device.work(drain),
  locate: (device) => device.work(locate),
  update: (device) => device.work(window, behindWindow),
  rest: (device) => device.work(() => device.rests!.rest()),
  sleep: ({ rests }) => rests!.sleep(),
  wait: (device, { ms }) => device.waitFor(ms),
  "see-if-it-lives": (device, { ms }) => device.startTimer(ms),
  climb: (device, { rung }) => device.work(() => takeRung(device, rung)),
  remember,
  "feed-watchdog": ({ parts }) => parts.platform.watchdog?.feed(),
  "shut-down": (device) => device.work(shutDown),
};

function linkUp({ parts, rests }: SteppingDevice): Promise<LinkStatus> {
  rests?.wakes();
  return parts.link.up();
}

function isUp({ parts, recorder }: SteppingDevice, status: LinkStatus): undefined {
  recorder.system.signal = status;
  const { iccid, rat, plmn, rssiDbm } = status;
  parts.platform.log("info", "online", { iccid, rat, plmn, rssi: rssiDbm });
}

const askTime = ({ parts }: SteppingDevice): Promise<LinkTime> => parts.link.time(parts.profile.doubtsTime);

function setClock({ parts, cloud }: SteppingDevice, time: LinkTime): undefined {
  const { clock, log } = parts.platform;
  const { wallMs, source, skewMs, uncertaintyMs } = time;
  clock.setWall(wallMs);
  cloud.clockError.set(time, clock.monotonic());
  log("info", "clock", { wallMs, source, skewMs, uncertaintyMs });
}

function getPlan({ parts, meter, budget, cloud }: SteppingDevice): Promise<Plan> {
  meter.begin(parts.link.counters());
  budget?.look(CONNECTION_BYTES);
  return parts.profile.plan(cloud.means());
}

function usePlan({ parts, counters, cloud }: SteppingDevice, plan: Plan): undefined {
  cloud.use(plan);
  counters.onboardings = parts.profile.renewals;
}

function connect({ cloud, recorder }: SteppingDevice): Promise<Uplink> {
  recorder.speakOn(cloud.topics!);
  return cloud.open();
}

function connected(device: SteppingDevice, uplink: Uplink): undefined {
  const { parts, cloud, recorder } = device;
  const { clock, log } = parts.platform;
  // Stopped meanwhile: what comes below would begin what nobody ends.
  if (device.phase !== "connecting" || cloud.uplink !== uplink) return;
  if (device.connections++ > 0) device.counters.reconnects++;
  log("info", "connected", { ms: clock.monotonic() - cloud.openedAt, filter: cloud.topics!.commands });
  device.meter.connected(parts.link.counters());
  cloud.planRenewal();
  recorder.start();
  device.updates?.online(uplink.hears);
  device.rests?.plan();
  device.fixes?.plan();
}

function disconnect(device: SteppingDevice): void {
  device.stopTimer();
  device.rests?.stop();
  device.fixes?.stop();
  device.updates?.offline();
  device.cloud.close();
}

async function drain({ parts, phase, cloud }: SteppingDevice): Promise<void> {
  const { platform, journal } = parts;
  platform.log("info", phase === "draining" ? "draining" : "settling", { waiting: journal.size });
  await cloud.uplink?.finish();
}

/** An update has the modem to itself. */
const window = (device: SteppingDevice) => device.updates!.window();

/** A device that sleeps does so behind a window, unless it is to restart. */
const behindWindow = ({ rests, updates }: SteppingDevice): AgentEvent => ({
  type: rests && !updates!.isReady ? "rest" : "done",
});

async function locate(device: SteppingDevice): Promise<void> {
  const { parts, own, fixes } = device;
  await fixes?.position.look(parts.link, () => device.phase === "locating" && !own?.isUrgent);
  if (own) own.isUrgent = false;
}

async function takeRung(device: SteppingDevice, rung: Rung): Promise<void> {
  const { link, platform } = device.parts;
  platform.log("warn", "climbing", { rung });
  await climb(rung, link, () => device.restart("ladder"));
}

function remember({ parts, restarts }: SteppingDevice, { failures }: { failures: number }): void {
  writeFailures(parts.platform, failures);
  if (failures === 0) restarts.proven();
}

async function shutDown(device: SteppingDevice): Promise<void> {
  const { platform, link } = device.parts;
  device.stopTimer();
  device.restarts.forget();
  device.recorder.stop();
  device.configurator.stop();
  try {
    if (device.own) await device.own.close();
    await device.cloud.uplink?.finish();
    disconnect(device);
    await within(platform.timer, DOWN_LIMIT_MS, link.down());
  } catch (error) {
    // The end comes all the same; what could not be drained stays in the journal.
    const { code } = asFailure(error);
    platform.log("warn", "failure", { code, message: storyOf(error), cause: rootOf(error) });
  }
  device.onDown();
}
