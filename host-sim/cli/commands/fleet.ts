// `simkey fleet`: many devices on one real broker, over real sockets, with counters while they run and a summary.

import { monitorEventLoopDelay } from "node:perf_hooks";
import { Fleet } from "../../fleet/fleet.js";
import { socketsAllowed } from "../../fleet/open-files.js";
import { nodeTcp } from "../../platform/tcp.js";
import { NodeTLS } from "../../platform/tls.js";
import { UsageError } from "../output/errors.js";
import { FleetMeter, shortfall } from "../output/fleet-meter.js";
import { fleetTimeline } from "../output/fleet-report.js";
import { withHint } from "../output/hints.js";
import { jsonReport } from "../output/report.js";
import { type FleetWayOptions, fleetWay } from "../parts/fleet-way.js";
import { indexFrom } from "../parts/slice.js";
import type { Surroundings } from "../parts/surroundings.js";

export interface FleetCommandOptions extends FleetWayOptions {
  devices: number;
  first: number;
  indexFromEnv?: string;
  ramp: number;
  interval: number;
  keepAlive: number;
  duration: number;
  every: number;
  json: boolean;
}

/** A fleet that did not reach what a fleet should. */
export class FleetError extends Error {}

/** @throws FleetError, UsageError */
export async function fleetCommand(options: FleetCommandOptions, around: Surroundings): Promise<void> {
  const { devices, ramp, interval: intervalS, keepAlive: keepAliveS } = options;
  const report = (options.json ? jsonReport : fleetTimeline)(around.stdout);
  const began = performance.now();
  const elapsed = () => Math.round(performance.now() - began);
  // A Job's pods each take the slice that their index names.
  const first = options.first + indexFrom(options.indexFromEnv, around.env) * options.devices;
  const { profile, broker } = fleetWay(options);
  checkSockets(devices);

  report({ t: elapsed(), event: "fleet-ready", broker, first, last: first + devices - 1, ramp });
  const loop = monitorEventLoopDelay({ resolution: 10 });
  loop.enable();
  const meter = new FleetMeter(loop);
  const fleet = new Fleet({
    ...{ first, devices, ramp, intervalS, keepAliveS, profile },
    TCP: nodeTcp(),
    TLS: NodeTLS,
    onFailure: (code, message, index) =>
      report({ t: elapsed(), event: "failure", code, device: index, message: withHint(message, code) }),
  });
  const ticking = setInterval(
    () => report({ t: elapsed(), event: "fleet", ...meter.tick(fleet) }),
    options.every * 1_000,
  );
  await over(options.duration, around.interrupted);
  clearInterval(ticking);
  report({ t: elapsed(), event: "fleet", ...meter.tick(fleet) });
  await fleet.stop();
  loop.disable();

  const reason = shortfall(fleet.figures(), devices);
  const kinds = Object.fromEntries([...fleet.failures].map(([code, count]) => [`failed:${code}`, count]));
  report({
    ...{ t: elapsed(), event: "summary", ok: reason === undefined, reason },
    ...{ devices, ...meter.summary(fleet, devices), ...kinds },
  });
  if (reason !== undefined) throw new FleetError(reason);
}

function checkSockets(devices: number): void {
  const allowed = socketsAllowed();
  if (devices <= allowed) return;
  throw new UsageError(
    `${devices} devices need as many sockets, and this process may have ${allowed}: raise it with ulimit -n ${devices + 1024}`,
  );
}

/** Settles after `seconds`, or when the user has seen enough. */
function over(seconds: number, interrupted: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, seconds * 1_000);
    void interrupted.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
