// Around the device: it stands at home, and then is driven away to the east.

import { defineWorld } from "simkey-firmware/testing";

export default defineWorld({
  parts: () => ({}),
  place: { latitude: 52.520008, longitude: 13.404954, speedKmh: 30, course: 90 },
});
