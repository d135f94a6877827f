import { expect, test } from "@jest/globals";
import type { AppContext, AppRunning } from "../../../firmware/platform/app.js";
import { sick } from "../../../host-sim/desk/image-acts.js";

test("the app of a sick image is not well, and is otherwise the one that it has started: its commands are handed that", () => {
  class Running implements AppRunning {
    #samples = 0;
    sample() {
      return { samples: ++this.#samples };
    }
  }
  let started: Running | undefined;
  const app = sick({
    start: () => {
      started = new Running();
      return started;
    },
  });
  const running = app.start({} as AppContext);
  expect(running).toBe(started);
  expect(running.sample()).toEqual({ samples: 1 });
  expect(running.health!()).toBe(false);
});

test("a sick image without an app has one that is not well", () => {
  expect(sick(undefined).start({} as AppContext).health!()).toBe(false);
});
