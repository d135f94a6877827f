// The person at the other end: a cloud that sends each device one command, so that a run has something to answer.

import { type Cloud, type CloudEvent, type CloudOptions, startCloud } from "../cloud/node-cloud.js";

/** The command that a device gets once it has published. */
export const GREETING = { id: "1", cmd: "ping" } as const;

/** Starts a simulated cloud that greets each connection after its first PUBLISH. */
export async function greetingCloud(options: CloudOptions): Promise<Cloud> {
  const greeted = new Set<number>();
  const greet = (event: CloudEvent) => {
    if (event.type === "close") greeted.delete(event.connection);
    if (event.type !== "publish" || event.clientId === undefined || greeted.has(event.connection)) return;
    greeted.add(event.connection);
    const { clientId } = event;
    // Not from inside the core, which is just handling the PUBLISH.
    setImmediate(() => cloud.sendCommand(clientId, GREETING));
  };
  const cloud = await startCloud({
    ...options,
    onEvent: (event) => {
      options.onEvent?.(event);
      greet(event);
    },
  });
  return cloud;
}
