// Around the device: a room whose temperature goes up and down.

import { defineWorld, Led, Sht3x } from "simkey-firmware/testing";

export default defineWorld({
  // Two boards of four have no LED on a pin.
  parts: ({ led }) => ({ sht3x: new Sht3x(), ...(led !== undefined && { led: new Led(led) }) }),
  live: ({ sht3x }) => {
    sht3x.temperature = (ms) => 28 + 4 * Math.sin(ms / 3_000);
  },
});
