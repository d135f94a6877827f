// The app of the page's device: a climate sensor, a button, a battery and an LED, so that there is something to turn and to
// press.

import { defineApp } from "../../../firmware/platform/app.js";
import { SHT3x } from "../../../firmware/sensors/sht3x.js";

/** The divider halves the voltage; the converter's largest reading is 2450 mV. */
const DIVIDER = 2;
const FULL_MV = 2450;

export const { settings, commands, start } = defineApp({
  settings: { threshold: { default: 30, range: [-40, 85], unit: "°C", help: "above it an alarm is sent" } },
  start: (ctx) => {
    const { io, pin, I2C } = ctx.device;
    const sensor = new SHT3x({ sensor: { ...I2C.default, io: I2C.default.io } });
    const led = new io.Digital({ pin: pin.led!, mode: io.Digital.Output });
    const battery = new io.Analog({ pin: pin.battery! });
    let presses = 0;
    let isAlarm = false;
    const button = new io.Digital({
      pin: pin.button!,
      mode: io.Digital.InputPullUp,
      edge: io.Digital.Falling,
      onReadable: () => {
        presses++;
        ctx.publish("button", { presses }, { now: true });
      },
    });
    const sample = () => {
      const { temperature, humidity } = sensor.sample();
      const isAbove = temperature > ctx.settings.threshold;
      if (isAbove && !isAlarm) ctx.publish("alarm", { temperature }, { now: true });
      isAlarm = isAbove;
      const mv = Math.round((DIVIDER * FULL_MV * battery.read()) / (2 ** battery.resolution - 1));
      return { temperature: Math.round(temperature * 10) / 10, humidity: Math.round(humidity), mv, presses };
    };
    const close = () => {
      sensor.close();
      button.close();
      battery.close();
      led.close();
    };
    return { led, sample, close };
  },
  commands: {
    led: {
      help: "switches the LED",
      args: { on: { boolean: true } },
      run: ({ on }, _, { led }) => led.write(on ? 1 : 0),
    },
  },
});
