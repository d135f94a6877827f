import { expect, test } from "@jest/globals";
import { deflated, delta } from "../../../host-sim/update/files.js";
import { sampleImage } from "../../../host-sim/update/sample-image.js";

const SIZE = 300_000;
const base = sampleImage(1, SIZE);

test("the patch of an image in which one function grew is a small part of the image, though all behind it moved", () => {
  const image = sampleImage(1, SIZE, [400]);
  expect(delta(base, image).length).toBeLessThan(SIZE / 20);
  expect(deflated(image).length).toBeGreaterThan(SIZE / 4);
});

test("the patch of an image without change is next to nothing", () => {
  expect(delta(base, base).length).toBeLessThan(32);
});

test("a patch of images that have nothing in common is not much more than the image, deflated", () => {
  const other = sampleImage(2, 30_000);
  expect(delta(sampleImage(3, 30_000), other).length).toBeLessThan(deflated(other).length * 1.1);
});

test("an image of zeros is told apart from another one in a moment", () => {
  expect(delta(new Uint8Array(SIZE), new Uint8Array(SIZE - 1)).length).toBeLessThan(600);
});
