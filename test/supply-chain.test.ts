// What this repository takes from others: every package is named by its hash, and only two of them reach the chip.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { CLOUD_NAMES } from "../firmware/clouds.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const json = <T>(path: string) => JSON.parse(readFileSync(join(root, path), "utf8")) as T;

interface Locked {
  integrity?: string;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
}

const LOCKS: [path: string, least: number][] = [
  ["package-lock.json", 100],
  // Installs of their own, made by the command that needs them.
  ["bench/xs/package-lock.json", 0],
  ["test/mutation/stryker/package-lock.json", 100],
];

test.each(LOCKS)("%s has the SHA-512 of each package that every machine installs", (path, least) => {
  const { packages } = json<{ packages: Record<string, Locked> }>(path);
  const { "": _, ...others } = packages;
  // Ready-made programs for other systems are optional, and npm notes their hash only where it has seen them.
  const everywhere = Object.entries(others).filter(([, { optional, os, cpu }]) => !(optional && (os ?? cpu)));
  expect(everywhere.length).toBeGreaterThan(least);
  expect(everywhere.filter(([, { integrity }]) => !integrity?.startsWith("sha512-")).map(([name]) => name)).toEqual([]);
});

test("only @noble/curves and @noble/hashes reach the chip, and only that of a device with a key of its own", () => {
  const foreign = (path: string) =>
    Object.values(json<{ modules?: Record<string, string | string[]> }>(path).modules ?? {})
      .flat()
      .filter((source) => /node_modules|@/.test(source));
  expect(foreign("manifests/firmware.json")).toEqual([]);
  expect(foreign("manifests/esp32/manifest.json")).toEqual([]);
  for (const cloud of CLOUD_NAMES) expect(foreign(`manifests/clouds/${cloud}.json`)).toEqual([]);
  const noble = ["common", "es256", "rs256"].flatMap((key) => foreign(`manifests/keys/${key}.json`));
  expect(noble).not.toEqual([]);
  expect(noble.filter((source) => !/^\.\.\/\.\.\/build\/noble\/@noble\/(curves|hashes)\//.test(source))).toEqual([]);
});
