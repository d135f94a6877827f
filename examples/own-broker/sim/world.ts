// Around the device: a room that is warmed and cools down.

import { defineWorld, Sht3x } from "simkey-firmware/testing";

export default defineWorld({
  parts: () => ({ sht3x: new Sht3x() }),
  live: ({ sht3x }) => {
    sht3x.temperature = (ms) => 20 + 2 * Math.sin(ms / 5_000);
  },
});
