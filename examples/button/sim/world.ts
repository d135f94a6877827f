// Around the device: somebody presses the button now and then.

import { Button, defineWorld, Led } from "simkey-firmware/testing";

export default defineWorld({
  parts: ({ led, button }) => ({ led: new Led(led!), button: new Button(button!) }),
  live: ({ button }, every) => {
    every(1500, () => {
      button.pressed = !button.pressed;
    });
  },
});
