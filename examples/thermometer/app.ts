import { defineApp, Refusal } from "simkey-firmware";
import { SHT3x } from "simkey-firmware/sensors";

export const { settings, commands, start } = defineApp({
  settings: { threshold: { default: 30, range: [-40, 85], unit: "°C", help: "above it an alarm is sent" } },
  start: (ctx) => {
    const { I2C, io, pin } = ctx.device;
    const sensor = new SHT3x({ sensor: { ...I2C.default, io: io.I2C } });
    const led = pin.led === undefined ? undefined : new io.Digital({ pin: pin.led, mode: io.Digital.Output });
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
      run: ({ on }, _, { led }) => {
        if (led === undefined) throw new Refusal("no-led", "the board has none");
        led.write(on ? 1 : 0);
      },
    },
  },
});
