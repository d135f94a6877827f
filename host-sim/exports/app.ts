// `simkey-firmware`: what an app is written with. On the chip the same names are in manifests/app/.

export {
  type App,
  type AppArg,
  type AppArgs,
  type AppCommand,
  type AppCommands,
  type AppContext,
  type AppFix,
  type AppPosition,
  type AppRunning,
  type AppSetting,
  type AppSettings,
  defineApp,
  Refusal,
} from "../../firmware/platform/app.js";
export type { I2C, I2CClass, SMBus, SMBusClass } from "../../firmware/platform/bus.js";
export type { Analog, AnalogClass, Digital, DigitalClass, PWM, PWMClass } from "../../firmware/platform/pins.js";
export type { IoProvider } from "../../firmware/platform/provider.js";
export type { Sensor, SensorPort } from "../../firmware/platform/sensor.js";
