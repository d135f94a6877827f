// What profiles and uplinks are given, for those that dial nowhere.

import type { ConnectIo } from "../../../firmware/cloud/connect.js";
import type { ProfileIo } from "../../../firmware/cloud/profile.js";
import { MemoryKeyValue } from "../../../host-sim/world/key-value.js";
import { ManualTime } from "../http/fakes.js";

export const WALL = Date.UTC(2026, 10, 22, 12);

class Nowhere {
  constructor() {
    throw new Error("a profile or an uplink that dials");
  }
}

/** What dials nowhere. */
export const nowhere: ConnectIo = {
  TCP: Nowhere as never,
  TLS: Nowhere as never,
  clock: new ManualTime(),
  random: (into) => into.fill(0x80),
};

export function profileIo() {
  const time = new ManualTime();
  time.wallAtStart = WALL;
  const logged: string[] = [];
  const io: ProfileIo = {
    ...nowhere,
    clock: time,
    timer: time,
    keyValue: new MemoryKeyValue(),
    log: (_level, event, fields) => logged.push(`${event} ${JSON.stringify(fields)}`),
  };
  return { io, time, logged };
}
