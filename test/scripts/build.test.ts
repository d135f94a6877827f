// What a build of the firmware leaves and says, over a stand-in for the SDK: an image is what its manifest says, whatever was
// built before it, and a build that failed leaves none.

import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";

type Env = Record<string, string | undefined>;
interface Sdk {
  buildTarget(
    name: string,
    env: Env,
    options?: { flags?: string[]; root?: string; verbose?: boolean },
  ): Promise<string>;
  sdkEnvironment(env: Env, target: { platform: string; idf: boolean }): Env;
}
const repository = fileURLToPath(new URL("../..", import.meta.url));
const { buildTarget, sdkEnvironment } = (await import(join(repository, "scripts/sdk.js"))) as Sdk;

const HOST = process.platform === "darwin" ? "mac" : "lin";
let home: string;
let root: string;
let env: Env;

/** Puts a program on the path. */
function install(name: string, text = "#!/bin/sh\n"): void {
  writeFileSync(join(home, "bin", name), text, { mode: 0o755 });
}

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "simkey-build-"));
  root = join(home, "project");
  mkdirSync(root);
  cpSync(join(repository, "manifests"), join(root, "manifests"), { recursive: true });
  copyFileSync(join(repository, "moddable.json"), join(root, "moddable.json"));
  for (const folder of ["firmware", "node_modules"]) symlinkSync(join(repository, folder), join(root, folder));
  const sdk = join(home, "sdk");
  mkdirSync(join(sdk, "xs"), { recursive: true });
  const tools = join(sdk, "build/bin", HOST, "release");
  mkdirSync(tools, { recursive: true });
  const fake = join(repository, "test/support/fake-sdk/mcconfig.js");
  writeFileSync(join(tools, "mcconfig"), `#!/bin/sh\nexec "${process.execPath}" "${fake}" "$@"\n`);
  chmodSync(join(tools, "mcconfig"), 0o755);
  mkdirSync(join(home, "idf/components/mbedtls/mbedtls/include"), { recursive: true });
  writeFileSync(join(home, "idf/export.sh"), "");
  mkdirSync(join(home, "bin"));
  const compilers = ["xtensa-esp32-elf-gcc", "xtensa-esp32s3-elf-gcc", "riscv32-esp-elf-gcc"];
  for (const name of ["idf.py", "python", "cmake", "ninja", "git", "make", "cc", "pkg-config", ...compilers])
    install(name);
  for (const name of ["sh", "bash"]) symlinkSync(`/bin/${name}`, join(home, "bin", name));
  env = { MODDABLE: sdk, IDF_PATH: join(home, "idf"), PATH: join(home, "bin") };
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const build = (target = "esp32", more: Env = {}, flags: string[] = []) =>
  buildTarget(target, { ...env, ...more }, { root, flags });

interface Image {
  names: string[];
  sources: string[];
  archive: string[];
  numberedFor: string;
  built: string;
}
const imageIn = (folder: string): Image => {
  const text = readFileSync(join(folder, existsSync(join(folder, "mc.so")) ? "mc.so" : "xs_esp32.bin"), "utf8");
  // Behind the head of a chip's image.
  return JSON.parse(text.slice(text.indexOf("{"))) as Image;
};

/** Changes a manifest, and makes it look as old as the hills: make goes by times. */
function change(path: string, how: (manifest: Record<string, unknown>) => object): void {
  const file = join(root, path);
  writeFileSync(file, JSON.stringify(how(JSON.parse(readFileSync(file, "utf8")))));
  utimesSync(file, 0, 0);
}

const BOARD = "manifests/boards/esp32/manifest.json";
const LIN = "manifests/lin/manifest.json";

/** What is the same in two builds of the same. */
const sameIn = ({ built: _, ...image }: Image) => image;

describe("an image", () => {
  test.each([
    ["esp32", BOARD, ["../../esp32/manifest.json"]],
    ["lin", LIN, ["../firmware.json"]],
  ])("of %s is the same after one of another profile as in an empty folder", async (target, path, without) => {
    change(path, (manifest) => ({ ...manifest, include: without }));
    const clean = sameIn(imageIn(await build(target)));
    rmSync(join(root, "build"), { recursive: true });
    const key = target === "esp32" ? "../../keys/es256.json" : "../keys/es256.json";
    change(path, (manifest) => ({ ...manifest, include: [...without, key] }));
    expect(imageIn(await build(target)).names.filter((name) => name.startsWith("@noble"))).not.toEqual([]);
    change(path, (manifest) => ({ ...manifest, include: without }));
    expect(sameIn(imageIn(await build(target)))).toEqual(clean);
  });

  test("has a module from the file that the manifest names now, though that is older", async () => {
    writeFileSync(join(root, "own.ts"), "");
    await build();
    change("manifests/esp32/manifest.json", (manifest) => ({
      ...manifest,
      modules: { ...(manifest.modules as object), "firmware/main": "../../own" },
    }));
    const { sources } = imageIn(await build());
    expect(sources).toContain("own.ts");
    expect(sources).not.toContain("firmware/main.ts");
  });

  test("has no name of a module that was deleted, and its C has the numbers of its names", async () => {
    mkdirSync(join(root, "app"));
    writeFileSync(join(root, "app/first.ts"), "");
    writeFileSync(join(root, "app/second.ts"), "");
    change("manifests/esp32/manifest.json", (manifest) => ({
      ...manifest,
      modules: { ...(manifest.modules as object), "app/*": "../../app/*" },
    }));
    const both = imageIn(await build());
    rmSync(join(root, "app/second.ts"));
    const one = imageIn(await build());
    expect(both.names).toContain("app/second");
    expect(one.names).not.toContain("app/second");
    expect(one.numberedFor).toBe(String(one.names.length));
    expect(one.archive).not.toContain("app/second.ts");
  });

  test("keeps what needs not be made anew: the compiled engine, when a setting changes", async () => {
    await build();
    const engine = join(root, "build/moddable/esp32/tmp/esp32/release/lib/xsRun.c.o");
    mkdirSync(join(engine, ".."), { recursive: true });
    writeFileSync(engine, "");
    change(BOARD, (manifest) => ({
      ...manifest,
      config: { simkey: { board: "esp32-breakout", settings: { keepAliveS: 60 } } },
    }));
    await build();
    expect(existsSync(engine)).toBe(true);
    change(BOARD, (manifest) => ({ ...manifest, defines: { ota: { autosplit: 1 } } }));
    await build();
    expect(existsSync(engine)).toBe(false);
  });

  test("lies where a release is made of it, and is that of the last build that a fleet may get", async () => {
    const folder = await build();
    const app = readFileSync(join(root, "build/esp32.bin"));
    expect(app).toEqual(readFileSync(join(folder, "xs_esp32.bin")));
    await build("esp32", {}, ["-d"]);
    expect(readFileSync(join(root, "build/esp32.bin"))).toEqual(app);
  });

  test("of a debug build is not touched by a release build", async () => {
    const folder = await build("esp32", {}, ["-d"]);
    const before = imageIn(folder);
    change(BOARD, (manifest) => ({ ...manifest, defines: { other: 1 } }));
    await build();
    expect(imageIn(folder)).toEqual(before);
  });
});

describe("a build that fails", () => {
  test.each(["esp32", "esp32c3", "lilygo-t-sim7080g-s3"])(
    "in idf.py leaves no image of %s, neither an old one, and says so",
    async (target) => {
      const folder = await build(target);
      expect(existsSync(join(folder, "xs_esp32.bin"))).toBe(true);
      await expect(build(target, { FAKE_IDF: "fail" })).rejects.toThrow(/^mcconfig ended with code 2; .*build\.log$/);
      expect(existsSync(join(folder, "xs_esp32.bin"))).toBe(false);
      expect(existsSync(join(root, `build/${target}.bin`))).toBe(false);
      await expect(build(target, {}, ["-t", "deploy"])).rejects.toThrow("mcconfig ended with code 1");
      expect(imageIn(await build(target)).names).toContain("firmware/main");
    },
  );

  test("without a code is found out by the image that is not there", async () => {
    const tools = join(env.MODDABLE!, "build/bin", HOST, "release");
    await build();
    writeFileSync(join(tools, "mcconfig"), "#!/bin/sh\nexit 0\n");
    await expect(build()).rejects.toThrow(/^mcconfig made no xs_esp32\.bin; .*build\.log$/);
  });

  test("is told with its last lines, and all of them are kept", async () => {
    await expect(build("lin", { FAKE_MCCONFIG: "fail" })).rejects.toThrow("mcconfig ended with code 2");
    const log = readFileSync(join(root, "build/moddable/lin/build.log"), "utf8");
    expect(log).toContain("# tsc main.ts");
    expect(log).toContain("error TS2304");
  });

  test("leaves the image alone when it was only to be written to a board", async () => {
    const folder = await build();
    const before = imageIn(folder);
    await build("esp32", {}, ["-t", "deploy"]);
    expect(imageIn(folder)).toEqual(before);
  });
});

describe("what is missing is said", () => {
  const asks = (more: Env = {}, target = { platform: "esp32", idf: true }) =>
    sdkEnvironment({ ...env, ...more }, target);

  test("nothing is", () => {
    expect(asks().PATH).toContain(join(home, "bin"));
  });

  test.each([
    ["python", /^python is not on PATH.*export\.sh/],
    ["cmake", /^cmake is not on PATH.*apt-get install cmake/],
    ["git", /^git is not on PATH/],
    ["make", /^make is not on PATH/],
    ["xtensa-esp32-elf-gcc", /^xtensa-esp32-elf-gcc is not on PATH.*export\.sh/],
  ])("%s", (name, message) => {
    rmSync(join(home, "bin", name));
    expect(() => asks()).toThrow(message);
  });

  test("for the chip that is built for", () => {
    rmSync(join(home, "bin/riscv32-esp-elf-gcc"));
    expect(() => asks()).not.toThrow();
    expect(() => asks({}, { platform: "esp32/esp32c3", idf: true })).toThrow(/^riscv32-esp-elf-gcc is not on PATH/);
    rmSync(join(home, "bin/xtensa-esp32s3-elf-gcc"));
    expect(() => asks({}, { platform: "esp32/esp32s3", idf: true })).toThrow(/^xtensa-esp32s3-elf-gcc/);
  });

  test("where export.sh was not run it is run by mcconfig, and brings all but a Python to begin with", () => {
    for (const name of ["idf.py", "python", "cmake", "xtensa-esp32-elf-gcc"]) rmSync(join(home, "bin", name));
    expect(() => asks()).toThrow(/^python3 is not on PATH/);
    install("python3");
    expect(() => asks()).not.toThrow();
    rmSync(join(home, "idf/export.sh"));
    expect(() => asks()).toThrow(/IDF_PATH is .*export\.sh/);
  });

  test("for platform lin: a compiler and pkg-config, and nothing of ESP-IDF", () => {
    const lin = { platform: "lin", idf: false };
    for (const name of ["idf.py", "python", "cmake", "git"]) rmSync(join(home, "bin", name));
    expect(() => asks({}, lin)).not.toThrow();
    rmSync(join(home, "bin/pkg-config"));
    expect(() => asks({}, lin)).toThrow(/^pkg-config is not on PATH.*apt-get install/);
    install("pkg-config");
    rmSync(join(home, "bin/cc"));
    expect(() => asks({}, lin)).toThrow(/^cc is not on PATH/);
  });
});
