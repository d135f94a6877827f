// The simulated clouds of a run, each of which sends a device one command, so that a run has something to answer.

import type { DeviceName } from "../../../firmware/cloud/google/names.js";
import type { BrokerEvent } from "../../cloud/broker/events.js";
import type { CloudFaults } from "../../cloud/faults.js";
import { DeviceRegistry } from "../../cloud/google/device-registry.js";
import type { Flavour } from "../../cloud/google/tokens.js";
import { startBridge } from "../../cloud/node/bridge.js";
import { type Cloud, type CloudEvent, type CloudOptions, startCloud } from "../../cloud/node/cloud.js";
import type { NameTable } from "../../world/core.js";
import type { Address } from "./address.js";

/** What all of them offer. */
export interface SimulatedCloud {
  address: Address;
  /** Root of the host that the device dials first. */
  caPem: string;
  nameTable: NameTable;
  close(): Promise<void>;
}

/** The command that a device gets once it has published. */
export const GREETING = { id: "1", cmd: "ping" } as const;

/** 1NCE's onboarding and AWS IoT Core, greeting each connection after its first PUBLISH. */
export async function greetingCloud(options: CloudOptions): Promise<Cloud> {
  const greet = greeter((clientId) => cloud.sendCommand(clientId, GREETING));
  const cloud = await startCloud({
    ...options,
    onEvent: (event) => {
      options.onEvent?.(event);
      greet(event);
    },
  });
  return cloud;
}

/** Google's or ClearBlade's bridges, with one device in their registry. */
export async function greetingBridge(options: {
  flavour: Flavour;
  device: DeviceName;
  publicPem: string;
  faults: CloudFaults;
}): Promise<SimulatedCloud> {
  const { flavour, device, publicPem, faults } = options;
  const registry = new DeviceRegistry({
    project: device.project,
    location: device.location,
    registry: device.registry,
  });
  registry.add(device.device, [publicPem]);
  const greeting = Buffer.from(JSON.stringify(GREETING));
  const greet = greeter(() => bridge.withBroker((broker, now) => broker.command(device.device, greeting, now)));
  const bridge = await startBridge({ flavour, registry, faults, onEvent: greet });
  return bridge;
}

/** Calls `send` once a connection, after its first PUBLISH. */
function greeter(send: (clientId: string) => void): (event: CloudEvent | BrokerEvent) => void {
  const greeted = new Set<number>();
  return (event) => {
    if (event.type === "close") greeted.delete(event.connection);
    if (event.type !== "publish" || event.clientId === undefined || greeted.has(event.connection)) return;
    greeted.add(event.connection);
    const { clientId } = event;
    // Not from inside the core, which is just handling the PUBLISH.
    setImmediate(() => send(clientId));
  };
}
