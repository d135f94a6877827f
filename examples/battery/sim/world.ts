// Around the device: a battery that is used up within a day.

import { Battery, defineWorld } from "simkey-firmware/testing";

export default defineWorld({
  parts: ({ battery }) => ({ battery: new Battery(battery!) }),
  live: ({ battery }) => {
    battery.volts = (ms) => 4.1 - ms / 86_400_000;
  },
});
