// A button that switches an LED, and tells the cloud at once; the cloud can switch it too.

import { defineApp } from "simkey-firmware";

export const { commands, start } = defineApp({
  start: (ctx) => {
    const { pin, io } = ctx.device;
    const led = new io.Digital({ pin: pin.led!, mode: io.Digital.Output });
    let presses = 0;
    let on = false;
    const light = (lit: boolean) => {
      on = lit;
      led.write(on ? 1 : 0);
    };
    const button = new io.Digital({
      pin: pin.button!,
      mode: io.Digital.InputPullUp,
      edge: io.Digital.Falling,
      onReadable: () => {
        presses++;
        light(!on);
        ctx.publish("button", { presses, on }, { now: true });
      },
    });
    const close = () => {
      button.close();
      led.close();
    };
    return { light, sample: () => ({ presses, on }), close };
  },
  commands: {
    light: { help: "switches the LED", args: { on: { boolean: true } }, run: ({ on }, _, { light }) => light(on) },
  },
});
