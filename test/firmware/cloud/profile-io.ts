// What a profile is given, for profiles that dial nowhere.

import type { ProfileIo } from "../../../firmware/cloud/profile.js";
import { MemoryKeyValue } from "../../../host-sim/world/key-value.js";
import { ManualTime } from "../http/fakes.js";

export const WALL = Date.UTC(2026, 10, 22, 12);

export function profileIo() {
  const time = new ManualTime();
  time.wallAtStart = WALL;
  const logged: string[] = [];
  const nowhere = class {
    constructor() {
      throw new Error("a profile that dials");
    }
  } as never;
  const io: ProfileIo = {
    TCP: nowhere,
    TLS: nowhere,
    clock: time,
    timer: time,
    random: (into) => into.fill(0x80),
    keyValue: new MemoryKeyValue(),
    log: (_level, event, fields) => logged.push(`${event} ${JSON.stringify(fields)}`),
  };
  return { io, time, logged };
}
