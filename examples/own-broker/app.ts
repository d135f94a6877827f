// A thermometer for a broker of one's own, which knows it by a token that it signs. The app says nothing of that: simkey.json does.

import { defineApp } from "simkey-firmware";
import { SHT3x } from "simkey-firmware/sensors";

export const { start } = defineApp({
  start: ({ device }) => {
    const sensor = new SHT3x({ sensor: { ...device.I2C.default, io: device.io.I2C } });
    const sample = () => {
      const { temperature, humidity } = sensor.sample();
      return { temperature: Math.round(temperature * 10) / 10, humidity: Math.round(humidity) };
    };
    return { sample, close: () => sensor.close() };
  },
});
