// The cloud that commands a whole device to its harm.

import type { Broker } from "../../../host-sim/cloud/broker/broker.js";
import type { BrokerEvent } from "../../../host-sim/cloud/broker/events.js";
import { oneNce } from "../clouds.js";
import type { Cloud } from "../journey.js";
import { inputsOf } from "./inputs.js";
import { READERS } from "./readers.js";

/** As guests/hostile/device.ts counts them. */
const COMMANDS = 1_010;
/** Least time between two of them, in milliseconds: each finds a place in the device's bucket. */
const EVERY_MS = 1_100;
const MOST_BYTES = 1_024;
/** What would be carried out, and end the run or fill it with telemetry. */
const CARRIED_OUT = /restart|interval/;

/** Commands as they are fuzzed, and the kinds that end engines. */
function hostileCommands(): Uint8Array[] {
  const inputs = inputsOf(READERS.find(({ name }) => name === "commands")!);
  return inputs
    .filter((input) => !CARRIED_OUT.test(Buffer.from(input).toString("latin1")))
    .slice(0, COMMANDS)
    .map((input) => input.slice(0, MOST_BYTES));
}

/** Records before the first command: by then everything has been that comes once, such as a ping. */
const RECORDS = 8;

/** Hands the commands out one after another. */
class Commander {
  readonly #commands = hostileCommands().values();
  #published = 0;
  #last = 0;
  readonly onEvent = ({ type }: BrokerEvent): void => {
    if (type === "publish") this.#published++;
  };

  by(broker: Pick<Broker, "publish">, server: number, topic: string): NonNullable<Cloud["act"]> {
    return (push, now) => {
      if (this.#published < RECORDS || now < this.#last + EVERY_MS) return;
      const { value } = this.#commands.next();
      if (value === undefined) return;
      this.#last = now;
      push(server, broker.publish(topic, value, 1, now));
    };
  }
}

/** 1NCE, and AWS with a broker that is hostile. */
export const hostileCloud = (): Cloud => ({ ...oneNce({ alpn: "mqtt" }, new Commander()), everyMs: EVERY_MS });
