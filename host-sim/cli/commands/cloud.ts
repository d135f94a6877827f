// `simkey cloud`: the simulated cloud for runs in other processes, until it is interrupted.

import type { Cloud, CloudEvent, CloudOptions } from "../../cloud/node/cloud.js";
import { type Report, reporting } from "../output/report.js";
import { parseAddress } from "../parts/address.js";
import { greetingCloud } from "../parts/clouds.js";
import { cloudFaults } from "../parts/faults.js";
import { type SavedFile, saveCa } from "../parts/home.js";
import type { Surroundings } from "../parts/surroundings.js";

export interface CloudCommandOptions {
  listen: string;
  fault: string[];
  json: boolean;
}

/** @throws UsageError; Node's error when the port is taken */
export async function cloudCommand(options: CloudCommandOptions, around: Surroundings): Promise<void> {
  const { report, elapsed } = reporting(options.json, around);
  const { host, port } = parseAddress(options.listen, "--listen");
  const cloud = await startOwnCloud({ host, port, faults: cloudFaults(options.fault) }, report, elapsed);
  let ca: SavedFile | undefined;
  try {
    ca = saveCa(cloud.caPem, cloud.address.port, around.env);
    report({
      t: elapsed(),
      event: "cloud-ready",
      address: `${cloud.address.host}:${cloud.address.port}`,
      ca: ca.path,
      ...cloud.names,
    });
    await around.interrupted;
  } finally {
    ca?.drop();
    await cloud.close();
  }
}

/** A greeting cloud that reports what happens. */
export function startOwnCloud(options: CloudOptions, report: Report, elapsed: () => number): Promise<Cloud> {
  return greetingCloud({
    ...options,
    onEvent: (event) => report({ t: elapsed(), event: `cloud-${event.type}`, ...shown(event) }),
  });
}

/** An event's plain fields; a payload only by its length. */
function shown(event: CloudEvent): Record<string, string | number | boolean> {
  const fields: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(event)) {
    if (name === "type" || name === "at") continue;
    if (value instanceof Uint8Array) fields.bytes = value.length;
    else if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") fields[name] = value;
  }
  return fields;
}
