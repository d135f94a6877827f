// A battery's voltage, measured often and sent seldom: each record has all readings since the last one. A battery that is low is
// told at once, once.

import { defineApp } from "simkey-firmware";

/** The divider halves the voltage; the converter's largest reading is 2450 mV. */
const DIVIDER = 2;
const FULL_MV = 2450;
/** Readings that a record has at most: 256 bytes are an app's. */
const MOST = 30;

export const { settings, start } = defineApp({
  settings: {
    measureS: { default: 600, range: [60, 3_600], unit: "seconds", help: "how often the battery is measured" },
    low: { default: 3_400, range: [2_500, 4_200], unit: "mV", help: "below it a warning is sent" },
  },
  start: ({ device, settings, timer, publish }) => {
    const pin = new device.io.Analog({ pin: device.pin.battery! });
    const readings: number[] = [];
    let isLow = false;
    const measure = () => {
      timer.set(measure, settings.measureS * 1000);
      const mv = Math.round((DIVIDER * FULL_MV * pin.read()) / (2 ** pin.resolution - 1));
      if (readings.push(mv) > MOST) readings.shift();
      if (mv < settings.low && !isLow) publish("low", { mv }, { now: true });
      isLow = mv < settings.low;
    };
    measure();
    return { sample: () => ({ mv: readings.splice(0) }), close: () => pin.close() };
  },
});
