// `simkey cloud`: the simulated cloud for runs in other processes, until it is interrupted.

import type { Cloud, CloudEvent, CloudOptions } from "../../cloud/node/cloud.js";
import { DEFAULT_SIM, iccidOf } from "../../world/sims.js";
import { type CloudPlace, cloudLines, hostsLine, LOCAL_NAME } from "../output/cloud-lines.js";
import { type Report, reporting } from "../output/report.js";
import { parseAddress } from "../parts/address.js";
import { greetingCloud } from "../parts/clouds.js";
import { cloudFaults } from "../parts/faults.js";
import { type SavedFile, saveCa, saveRoot } from "../parts/home.js";
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
  const cloud = await startOwnCloud(
    { host, port, faults: cloudFaults(options.fault), localName: LOCAL_NAME },
    report,
    elapsed,
  );
  let ca: SavedFile | undefined;
  let root: SavedFile | undefined;
  try {
    ca = saveCa(cloud.caPem, cloud.address.port, around.env);
    root = saveRoot(cloud.endpointCaPem, cloud.address.port, around.env);
    report({
      t: elapsed(),
      event: "cloud-ready",
      address: `${cloud.address.host}:${cloud.address.port}`,
      ca: ca.path,
      root: root.path,
      ...cloud.names,
    });
    if (!options.json) {
      const { address, names } = cloud;
      const place = { ...address, names, ca: ca.path, root: root.path, iccid: iccidOf(DEFAULT_SIM) };
      around.stdout(pasted(place));
    }
    await around.interrupted;
  } finally {
    ca?.drop();
    root?.drop();
    await cloud.close();
  }
}

/** What is to be pasted, a line each, unbroken: a terminal may wrap it, a shell takes it whole. */
function pasted(place: CloudPlace): string {
  const lines = cloudLines(place).map(([line, what]) => `  # ${what}\n    ${line}\n`);
  const hosts = `  # for programs that shall find it by its names, in /etc/hosts\n    ${hostsLine(place)}\n`;
  return `\n  Other programs reach it so (docs/cloud.md):\n\n${lines.join("")}${hosts}\n`;
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
