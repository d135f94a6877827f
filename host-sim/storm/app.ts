// The app of a storm's devices, those that have one: a thermometer whose driver reads a sensor on the simulated bus, with
// records and commands of its own of each kind. It does nothing wrong itself; faults do that around it (../desk/app-mishaps.ts).

import { defineApp, Refusal } from "../../firmware/platform/app.js";
import { SHT3x } from "../../firmware/sensors/sht3x.js";
import { Led } from "../board/pin-parts.js";
import { Sht3x } from "../board/sht3x.js";
import { defineWorld } from "../testing/world.js";

/** Every so many samples it publishes a record of its own, and is late with its sample, by so many milliseconds. */
const REPORT_EVERY = 12;
const LATE_EVERY = 3;
const LATE_MS = 20;
/** Above so many °C it takes no `measure`. */
const TOO_HOT = 38;
/** How long the command `measure` takes, in milliseconds. */
const MEASURE_MS = 400;

export const { settings, commands, start } = defineApp({
  settings: {
    threshold: { default: 30, range: [-40, 85], unit: "°C", help: "above it an alarm is sent" },
    resolution: { default: "fine", choices: ["fine", "coarse"], help: "decimals of the temperature" },
  },
  start: (ctx) => {
    const { device } = ctx;
    const sensor = new SHT3x({ sensor: { ...device.I2C.default, io: device.io.I2C } });
    const { led: pin } = device.pin;
    const led = pin === undefined ? undefined : new device.io.Digital({ pin, mode: device.io.Digital.Output });
    let count = 0;
    let isWarm = false;
    const measure = () => {
      const { temperature, humidity } = sensor.sample();
      const by = ctx.settings.resolution === "fine" ? 100 : 1;
      return { temperature: Math.round(temperature * by) / by, humidity: Math.round(humidity) };
    };
    const later = <T extends object>(ms: number, act: () => T) =>
      new Promise<T>((resolve, reject) => {
        ctx.timer.set(() => {
          try {
            resolve(act());
          } catch (error) {
            reject(error);
          }
        }, ms);
      });
    const sample = () => {
      const climate = measure();
      count++;
      const wasWarm = isWarm;
      isWarm = climate.temperature > ctx.settings.threshold;
      if (isWarm && !wasWarm) ctx.publish("alarm", { ...climate, count }, { now: true });
      if (count % REPORT_EVERY === 0) ctx.publish("report", { count });
      return count % LATE_EVERY === 0 ? later(LATE_MS, () => climate) : climate;
    };
    return {
      led,
      measure,
      later,
      sample,
      close: () => {
        sensor.close();
        led?.close();
      },
    };
  },
  commands: {
    led: {
      help: "switches the LED",
      args: { on: { boolean: true } },
      run: ({ on }, _, { led }) => led?.write(on ? 1 : 0),
    },
    measure: {
      help: "measures now",
      args: { times: { range: [1, 5], optional: true } },
      run: ({ times = 1 }, _, { measure, later }) => {
        if (measure().temperature > TOO_HOT) throw new Refusal("too-hot", "nobody measures now");
        return later(MEASURE_MS * Number(times), measure);
      },
    },
    burst: {
      help: "publishes so many records at once",
      args: { count: { range: [1, 24] } },
      run: ({ count }, ctx) => {
        let kept = 0;
        for (let n = 0; n < Number(count); n++) if (ctx.publish("burst", { n })) kept++;
        return { kept };
      },
    },
    settings: { help: "tells the settings", run: (_, { settings: { threshold } }) => ({ threshold }) },
  },
});

/** Around the device: a room that is warmer by day. */
export const WORLD = defineWorld({
  parts: (pins) => ({
    sht3x: new Sht3x(),
    ...(pins.led !== undefined && { led: new Led(pins.led) }),
  }),
  live: ({ sht3x }) => {
    sht3x.temperature = (ms) => 25 + 15 * Math.sin(ms / 9_000_000);
    sht3x.humidity = (ms) => 50 + 20 * Math.sin(ms / 3_000_000);
  },
});
