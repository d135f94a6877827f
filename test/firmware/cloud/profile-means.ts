// What profiles and uplinks are given, for those that dial nowhere.

import type { Means } from "../../../firmware/cloud/connect.js";
import type { ProfileMeans } from "../../../firmware/cloud/profile.js";
import { MemoryKeyValue } from "../../../host-sim/world/key-value.js";
import { ManualTime } from "../http/fakes.js";

export const WALL = Date.UTC(2026, 10, 22, 12);

class Nowhere {
  constructor() {
    throw new Error("a profile or an uplink that dials");
  }
}

/** What dials nowhere. */
export const nowhere: Means = {
  TCP: Nowhere as never,
  TLS: Nowhere as never,
  clock: new ManualTime(),
  random: (into) => into.fill(0x80),
};

export function profileMeans() {
  const time = new ManualTime();
  time.wallAtStart = WALL;
  const logged: string[] = [];
  const means: ProfileMeans = {
    ...nowhere,
    clock: time,
    timer: time,
    keyValue: new MemoryKeyValue(),
    log: (_level, event, fields) => logged.push(`${event} ${JSON.stringify(fields)}`),
  };
  return { means, time, logged };
}
