// The simulated boot loader against what ESP-IDF's does: bootloader_utility.c and esp_ota_ops.c of v6.0.

import { describe, expect, test } from "@jest/globals";
import { BootLoader } from "../../../host-sim/boot/loader.js";
import { NorFlash, PowerCut } from "../../../host-sim/platform/nor-flash.js";
import { Prng } from "../../../host-sim/world/prng.js";

function loaderWith(whole: Set<number>) {
  const noise = new Prng("otadata");
  const otadata = new NorFlash({ blocks: 2, blockLength: 256, random: () => noise.unit() });
  return { otadata, whole, loader: new BootLoader({ otadata, isWhole: (slot) => whole.has(slot) }) };
}

/** Slot 0 runs and is confirmed, slot 1 holds a whole image. */
function delivered() {
  const made = loaderWith(new Set([0, 1]));
  expect(made.loader.start()).toBe(0);
  return made;
}

describe("the boot loader", () => {
  test("starts the first slot of a chip as it was delivered, and takes it for good", () => {
    const { loader } = delivered();
    expect([loader.state(0), loader.state(1)]).toEqual(["valid", "undefined"]);
  });

  test("gives a new image one attempt", () => {
    const { loader } = delivered();
    expect(loader.setBoot(1)).toBe(true);
    expect(loader.state(1)).toBe("new");
    expect(loader.start()).toBe(1);
    expect(loader.state(1)).toBe("pending");
    expect(loader.start()).toBe(0);
    expect(loader.state(1)).toBe("aborted");
    expect(loader.start()).toBe(0);
  });

  test("stays with an image that was confirmed, and tells what it was told", () => {
    const { loader } = delivered();
    loader.setBoot(1);
    loader.start();
    loader.markValid();
    expect([loader.start(), loader.state(1), loader.state(0)]).toEqual([1, "valid", "valid"]);
    // And back again, as the next update has it.
    loader.setBoot(0);
    expect([loader.start(), loader.state(0)]).toEqual([0, "pending"]);
    loader.markValid();
    expect([loader.start(), loader.state(0)]).toEqual([0, "valid"]);
  });

  test("goes back at once for an image that undoes itself, unless there is nothing to go back to", () => {
    const { loader, whole } = delivered();
    loader.setBoot(1);
    loader.start();
    expect(loader.markInvalid()).toBe(true);
    expect([loader.start(), loader.state(1)]).toEqual([0, "invalid"]);
    loader.setBoot(1);
    loader.start();
    whole.delete(0);
    expect(loader.markInvalid()).toBe(false);
  });

  test("refuses a slot without a whole image, and starts the other where the chosen one is broken", () => {
    const { loader, whole } = delivered();
    whole.delete(1);
    expect(loader.setBoot(1)).toBe(false);
    whole.add(1);
    loader.setBoot(1);
    whole.delete(1);
    expect(loader.start()).toBe(0);
    whole.clear();
    expect(loader.start()).toBeUndefined();
  });

  const STEPS: [name: string, work: (loader: BootLoader) => void][] = [
    ["is chosen", (loader) => void loader.setBoot(1)],
    ["begins its attempt", (loader) => void loader.start()],
    ["is confirmed", (loader) => loader.markValid()],
    ["undoes itself", (loader) => void loader.markInvalid()],
  ];
  test.each(STEPS)("starts a whole image wherever the power goes while one %s", (_, work) => {
    for (let steps = 0; steps < 60; steps++) {
      const { loader, otadata } = delivered();
      const before = STEPS.findIndex(([, each]) => each === work);
      for (const [, earlier] of STEPS.slice(0, Math.min(before, 2))) earlier(loader);
      otadata.cutAfter(steps);
      try {
        work(loader);
      } catch (error) {
        expect(error).toBeInstanceOf(PowerCut);
      }
      otadata.powerOn();
      expect([0, 1]).toContain(loader.start());
      // Whatever it is, one that was not confirmed does not stay.
      const running = loader.start();
      if (running === 1) expect(loader.state(1)).toBe("valid");
    }
  });
});
