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
  /** Sends the device that published last a command. @returns false: none is connected */
  command(command: unknown): boolean;
  close(): Promise<void>;
}

/** A command from the cloud. */
export interface Greeting {
  readonly id: string;
  readonly cmd: string;
}

/** The command that a device gets once it has published, when nobody names another. */
export const GREETING: Greeting = { id: "1", cmd: "ping" };

/** What a cloud greets a device with; left out: GREETING. */
export interface Greets {
  commands?: readonly Greeting[] | undefined;
  /** Told of each message that the cloud took. */
  onPublish?: ((topic: string, payload: Uint8Array) => void) | undefined;
}

/** 1NCE's onboarding and AWS IoT Core, greeting each connection after its first PUBLISH. */
export async function greetingCloud(options: CloudOptions & Greets): Promise<Cloud & SimulatedCloud> {
  const { commands = [GREETING], onPublish } = options;
  const greet = greeter((clientId) => {
    for (const command of commands) cloud.sendCommand(clientId, command);
  }, onPublish);
  const cloud = await startCloud({
    ...options,
    onEvent: (event) => {
      options.onEvent?.(event);
      greet.heard(event);
    },
  });
  return { ...cloud, command: (command) => greet.toLast((clientId) => cloud.sendCommand(clientId, command)) };
}

/** Google's or ClearBlade's bridges, with one device in their registry. */
export async function greetingBridge(
  options: {
    flavour: Flavour;
    device: DeviceName;
    publicPem: string;
    faults: CloudFaults;
  } & Greets,
): Promise<SimulatedCloud> {
  const { flavour, device, publicPem, faults, commands = [GREETING], onPublish } = options;
  const registry = new DeviceRegistry({
    project: device.project,
    location: device.location,
    registry: device.registry,
  });
  registry.add(device.device, [publicPem]);
  const send = (command: unknown) =>
    bridge.withBroker((broker, now) => broker.command(device.device, Buffer.from(JSON.stringify(command)), now));
  const greet = greeter(() => commands.forEach(send), onPublish);
  const bridge = await startBridge({ flavour, registry, faults, onEvent: greet.heard });
  return { ...bridge, command: (command) => greet.toLast(() => send(command)) };
}

/** Watches a cloud's connections. */
interface Greeter {
  heard(event: CloudEvent | BrokerEvent): void;
  /** @returns false: nobody is connected who has published */
  toLast(send: (clientId: string) => void): boolean;
}

/** Calls `send` once a connection, after its first PUBLISH, and tells of each. */
function greeter(send: (clientId: string) => void, onPublish: Greets["onPublish"]): Greeter {
  /** Client ids by connection, the last that came last. */
  const greeted = new Map<number, string>();
  return {
    heard: (event) => {
      if (event.type === "close") greeted.delete(event.connection);
      if (event.type === "publish") onPublish?.(event.topic, event.payload);
      if (event.type !== "publish" || event.clientId === undefined || greeted.has(event.connection)) return;
      const { clientId } = event;
      greeted.set(event.connection, clientId);
      // Not from inside the core, which is just handling the PUBLISH.
      setImmediate(() => send(clientId));
    },
    toLast: (act) => {
      const clientId = [...greeted.values()].at(-1);
      if (clientId !== undefined) act(clientId);
      return clientId !== undefined;
    },
  };
}
