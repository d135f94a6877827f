// The programs that a build calls, and where to get one that is missing: said before, in a line, where make would say it after
// minutes and by the way.

import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

const EXPORT = "ESP-IDF's export.sh puts it there: . $IDF_PATH/export.sh";
/** make.esp32.mk calls `python` by this name; idf.py wants cmake, and takes make for want of ninja. */
const IDF_TOOLS = {
  python: `ESP-IDF's tools are called by this name; ${EXPORT}, or apt-get install python-is-python3`,
  cmake: "idf.py needs it: apt-get install cmake ninja-build",
};
/** Where export.sh is run by mcconfig, for want of an idf.py. */
const EXPORT_TOOLS = { bash: "mcconfig runs ESP-IDF's export.sh by it", python3: "ESP-IDF needs 3.10 or newer" };
const TOOLS = {
  lin: {
    make: "mcconfig calls it: apt-get install build-essential",
    cc: "apt-get install build-essential",
    "pkg-config": "apt-get install pkg-config libglib2.0-dev libmbedtls-dev",
  },
  esp32: {
    make: "mcconfig calls it: apt-get install make",
    git: "the SDK asks it for the version of ESP-IDF: apt-get install git",
  },
};

/** The compiler of a chip, as make.esp32.mk calls it. */
const compilerOf = (chip) => (/^esp32(c|h)\d/.test(chip) ? "riscv32-esp-elf-gcc" : `xtensa-${chip}-elf-gcc`);

/** Whether there is a program of that name. */
export function isOnPath(name, path = "") {
  return path.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return folder !== "";
    } catch {
      return false;
    }
  });
}

/**
 * The first program that a build lacks.
 * @param platform as the SDK calls it, such as `esp32/esp32c3`
 * @returns a line that says so and what to do; undefined: all are there
 */
export function missingTool(platform, path) {
  const [family, chip = family] = platform.split("/");
  const wanted = { ...TOOLS[family] };
  if (family === "esp32" && isOnPath("idf.py", path)) Object.assign(wanted, IDF_TOOLS, { [compilerOf(chip)]: EXPORT });
  else if (family === "esp32") Object.assign(wanted, EXPORT_TOOLS);
  const missing = Object.keys(wanted).find((name) => !isOnPath(name, path));
  return missing && `${missing} is not on PATH: ${wanted[missing]}`;
}
