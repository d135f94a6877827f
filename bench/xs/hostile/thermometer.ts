// What a device with the app of examples/thermometer says: that it measures, sends an alarm, obeys, and tells what is wrong.
// It is heard where the journey is recorded, in Node; on XS the same bytes must go out, one by one.

import type { Broker } from "../../../host-sim/cloud/broker/broker.js";
import type { BrokerEvent, PublishEvent } from "../../../host-sim/cloud/broker/events.js";
import { oneNce } from "../clouds.js";
import type { Cloud } from "../journey.js";

export const GUEST = "bench/xs/guests/app/thermometer.ts";

/** Commands, and behind how many records they are sent. */
const COMMANDS = [
  { behind: 2, json: { id: "a", cmd: "led", on: true } },
  { behind: 4, json: { id: "b", cmd: "led", on: "yes" } },
] as const;

/** A cloud that switches the LED on, and keeps what it hears. */
export class Listener {
  readonly #heard: PublishEvent[] = [];
  #sent = 0;

  readonly onEvent = (event: BrokerEvent): void => {
    if (event.type === "publish") this.#heard.push(event);
  };

  by(broker: Pick<Broker, "publish">, server: number, topic: string): NonNullable<Cloud["act"]> {
    return (push, now) => {
      const next = COMMANDS[this.#sent];
      if (next === undefined || this.#heard.length < next.behind) return;
      this.#sent++;
      push(server, broker.publish(topic, Buffer.from(JSON.stringify(next.json)), 1, now));
    };
  }

  /** What came on the topics that end so, as JSON. */
  said(ending: string): Record<string, unknown>[] {
    return this.#heard
      .filter(({ topic }) => topic.endsWith(ending))
      .map(({ payload }) => JSON.parse(Buffer.from(payload).toString("utf8")) as Record<string, unknown>);
  }
}

/** 1NCE, and a cloud that hears the device. */
export const thermometerCloud = (listener: Listener): Cloud => oneNce({ alpn: "mqtt" }, listener);

/** What the records say of the app, each once, in their order. */
const TOLD = [
  '{"temperature":21.3,"humidity":45}',
  '{"temperature":31.5,"humidity":45}',
  '{"error":"write failed"}',
  '{"error":"SHT3x: wrong checksum"}',
  '{"temperature":-7.2,"humidity":80}',
];
const ALARM = 31;

/**
 * What is otherwise than it should be.
 * @param printed what the device printed on XS
 */
export function wrongIn(listener: Listener, printed: readonly Record<string, unknown>[]): string | undefined {
  const told = listener.said("/telemetry").map(({ app }) => JSON.stringify(app));
  const each = told.filter((text, i) => text !== told[i - 1]);
  if (each.join() !== TOLD.join()) return `its records say ${each.join(", ")}, and not ${TOLD.join(", ")}`;
  const alarms = listener.said("/telemetry/alarm").map(({ app }) => (app as { temperature: number }).temperature);
  if (alarms.length === 0 || alarms.some((temperature) => !(temperature > ALARM)))
    return `its alarms are of ${alarms.join(", ")} °C`;
  const answers = listener.said("/responses").map((answer) => JSON.stringify(answer));
  const [done, refused, ...others] = answers;
  if (done !== '{"id":"a","ok":true}' || !refused?.startsWith('{"id":"b","ok":false,"error":"bad-argument"'))
    return `its answers are ${answers.join(", ")}`;
  if (others.length > 0) return `it answers more than it was asked: ${others.join(", ")}`;
  const lit = printed.find((line) => "brightness" in line)?.brightness;
  return lit === 1 ? undefined : `its LED is at ${String(lit)}`;
}
