// An ESP32-C3 under Espressif's QEMU: its flash is a file, UART 0 this program's, UART 1 a TCP connection to a modem.

import { execFileSync, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { StringDecoder } from "node:string_decoder";
import { isOnPath } from "../build-tools.js";
import { Missing } from "../tool-run.js";
import { Lines } from "./console-line.js";

const QEMU = "qemu-system-riscv32";
const MACHINE = "esp32c3";
const HINT =
  'ESP-IDF\'s tools install Espressif\'s: "python $IDF_PATH/tools/idf_tools.py install qemu-riscv32", then ". $IDF_PATH/export.sh" anew';

/**
 * Bytes of the fuses, as a file, and the one that says chip revision 0.3, the oldest that ESP-IDF v6.0 starts on
 * (tools/idf_py_actions/qemu_ext.py).
 */
const FUSES = { bytes: 1024, revisionAt: 38, revision: 0x0c };
/** Input that is not taken yet waits in the chip's UART, which holds 128 bytes: so it is sent in pieces. */
const PIECE = { bytes: 64, ms: 150 };

/**
 * Whether the emulator is there and has the machine.
 * @throws Missing that says what to do
 */
export function checkQemu(path) {
  if (!isOnPath(QEMU, path)) throw new Missing(`${QEMU} is not on PATH: ${HINT}`);
  let machines;
  try {
    machines = execFileSync(QEMU, ["-machine", "help"], {
      encoding: "utf8",
      env: { ...process.env, PATH: path },
      stdio: ["ignore", "pipe", "ignore"],
    });
  } catch (error) {
    throw new Missing(`${QEMU} does not run (${error.code ?? `code ${error.status}`}): ${HINT}`);
  }
  if (!new RegExp(`^${MACHINE}\\s`, "m").test(machines))
    throw new Missing(`the ${QEMU} on PATH has no machine ${MACHINE}, as a distribution's has none: ${HINT}`);
}

/** Writes the fuses of a new chip. */
export function writeFuses(path) {
  const fuses = new Uint8Array(FUSES.bytes);
  fuses[FUSES.revisionAt] = FUSES.revision;
  writeFileSync(path, fuses, { mode: 0o600 });
}

/** What QEMU is called with. @param modem TCP port on this machine */
export function qemuArguments({ flash, fuses, modem }) {
  return [
    ...["-machine", MACHINE, "-display", "none", "-monitor", "none"],
    ...["-drive", `file=${flash},if=mtd,format=raw`],
    ...["-drive", `file=${fuses},if=none,format=raw,id=efuse`],
    ...["-global", "driver=nvram.esp32c3.efuse,property=drive,value=efuse"],
    // The watchdogs of the timer groups count the machine's time, which stands still while it is not served.
    ...["-global", "driver=timer.esp32c3.timg,property=wdt_disable,value=true"],
    ...["-serial", "stdio", "-serial", `tcp:127.0.0.1:${modem},nodelay=on`],
  ];
}

/** A chip that runs. */
export class Machine {
  #child;
  #input = Promise.resolve();
  /** Settles when the emulator has ended, with a line that says how. */
  ended;

  /**
   * Switches it on.
   * @param wires `flash` and `fuses`, files; `modem`, a port
   * @param onLine told each line of UART 0
   */
  constructor(wires, onLine, env = process.env) {
    const child = spawn(QEMU, qemuArguments(wires), { stdio: ["pipe", "pipe", "pipe"], env });
    this.#child = child;
    const decoder = new StringDecoder();
    const lines = new Lines(onLine);
    child.stdout.on("data", (bytes) => lines.push(decoder.write(bytes)));
    let complaint = "";
    child.stderr.on("data", (bytes) => {
      complaint = `${complaint}${bytes}`.slice(-2000);
    });
    // It may have ended: `ended` tells.
    child.stdin.on("error", () => {});
    this.ended = new Promise((done) => {
      child.on("error", (error) => done(error.message));
      child.on("close", (code, signal) => {
        const last = complaint.trim().split("\n").at(-1);
        done(
          `${QEMU} ${code === null ? `was ended by ${signal}` : `ended with code ${code}`}${last ? `: ${last}` : ""}`,
        );
      });
    });
  }

  /** Types on UART 0. */
  type(text) {
    this.#input = this.#input.then(async () => {
      for (let at = 0; at < text.length; at += PIECE.bytes) {
        this.#child.stdin.write(text.slice(at, at + PIECE.bytes));
        await new Promise((done) => setTimeout(done, PIECE.ms));
      }
    });
    return this.#input;
  }

  /** Takes the power away. */
  async off() {
    this.#child.kill("SIGKILL");
    await this.ended;
  }
}
