import { defineApp } from "simkey-firmware";
import { SHT3x } from "simkey-firmware/sensors";

export const { settings, commands, start } = defineApp({
  settings: { threshold: { default: 30, range: [-40, 85], unit: "°C", help: "above it an alarm is sent" } },
  start: (ctx) => {
    const { device } = ctx;
    const sensor = new SHT3x({ sensor: { ...device.I2C.default, io: device.io.I2C } });
    const led = new device.io.Digital({ pin: device.pin.led!, mode: device.io.Digital.Output });
    const sample = () => {
      const { temperature, humidity } = sensor.sample();
      if (temperature > ctx.settings.threshold) ctx.publish("alarm", { temperature }, { now: true });
      return { temperature: Math.round(temperature * 10) / 10, humidity: Math.round(humidity) };
    };
    return { led, sample, close: () => sensor.close() };
  },
  commands: {
    led: {
      help: "switches the LED",
      args: { on: { boolean: true } },
      run: ({ on }, _, { led }) => led.write(on ? 1 : 0),
    },
  },
});
