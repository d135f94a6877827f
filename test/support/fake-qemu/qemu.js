#!/usr/bin/env node
// Stands for Espressif's qemu-system-riscv32: reads the flash that it is given as the chip's ROM and boot loader would, and
// runs what the build put there as the firmware in Node, with the console of the chip on stdin and stdout and the modem at a
// TCP port. Settings and key lie in the flash's partition nvs, and outlive it.
//
// FAKE_QEMU=old: it has no such machine. FAKE_QEMU=crash: it ends by itself. FAKE_QEMU=weak: a command ends the device, which
// starts again. FAKE_QEMU=silent: nothing runs.

import { readFileSync, writeFileSync } from "node:fs";
import { loadCloud } from "../../../dist/firmware/clouds.js";
import { composeDevice, tableOf } from "../../../dist/firmware/compose.js";
import { BootRecord } from "../../../dist/firmware/device/boot-record.js";
import { Console } from "../../../dist/firmware/device/console.js";
import { storedConfig } from "../../../dist/firmware/device/stored-settings.js";
import { boot } from "../../../dist/host-sim/cli/parts/board.js";
import { BoardMemory } from "../../../dist/host-sim/platform/reset-memory.js";
import { serialOver } from "../../../dist/host-sim/platform/serial.js";
import { uartOverTcp } from "../../../dist/host-sim/platform/uart-tcp.js";
import { MemoryKeyValue } from "../../../dist/host-sim/world/key-value.js";
import { readTable } from "../../../scripts/qemu/flash.js";

const { FAKE_QEMU } = process.env;
const args = process.argv.slice(2);
if (args.includes("help")) {
  console.log(
    `Supported machines are:\n${FAKE_QEMU === "old" ? "" : "esp32c3              Espressif ESP32-C3 machine\n"}none   empty`,
  );
  process.exit(0);
}
if (FAKE_QEMU === "crash") {
  console.error("qemu-system-riscv32: could not lock the flash");
  process.exit(1);
}
const drives = args.filter((_, at) => args[at - 1] === "-drive");
const fileOf = (what) => drives.find((drive) => drive.includes(what)).match(/file=([^,]+)/)[1];
const flashFile = fileOf("if=mtd");
const [, port] = args.find((arg) => arg.startsWith("tcp:")).match(/:(\d+),nodelay=on$/);
if (readFileSync(fileOf("id=efuse"))[38] !== 0x0c) throw new Error("the chip's revision is too old for the image");

const flash = readFileSync(flashFile);
if (flash.length !== 4 * 1024 * 1024) throw new Error("the flash has a size that no chip has");
if (flash.toString("latin1", 0, 11) !== "boot loader") throw new Error("no boot loader at 0");
const table = readTable(flash.subarray(0x8000, 0x9000));
const partition = (name) => {
  const { offset, size } = table.find((row) => row.name === name);
  return flash.subarray(offset, offset + size);
};
const textIn = (bytes) => bytes.toString("utf8", 0, bytes.includes(0xff) ? bytes.indexOf(0xff) : undefined);
if (textIn(partition("otadata")) !== "otadata") throw new Error("no otadata where the table says");
const { config } = JSON.parse(textIn(partition("ota_0")));
const { simkey: build } = config;

const write = (text) => process.stdout.write(text.replace(/\n/g, "\r\n"));
if (FAKE_QEMU === "silent") setInterval(() => {}, 1000);
else await main();

/** Settings, token and key, in the partition of that name. */
function nvs() {
  const keyValue = new MemoryKeyValue();
  const kept = textIn(partition("nvs"));
  const values = kept === "" ? {} : JSON.parse(kept);
  for (const [key, base64] of Object.entries(values)) keyValue.write(key, Buffer.from(base64, "base64"));
  const save = () => {
    const bytes = partition("nvs");
    bytes.fill(0xff);
    bytes.write(JSON.stringify(values));
    writeFileSync(flashFile, flash);
  };
  return {
    read: (key) => keyValue.read(key),
    write: (key, value) => {
      keyValue.write(key, value);
      values[key] = Buffer.from(value).toString("base64");
      save();
    },
    delete: (key) => {
      keyValue.delete(key);
      delete values[key];
      save();
    },
  };
}

async function main() {
  write("ESP-ROM:esp32c3-api1-20210207\n");
  const uart = await uartOverTcp("127.0.0.1", Number(port));
  const memory = { keyValue: nvs(), reset: new BoardMemory() };
  const began = performance.now();
  const log = (level, event, fields = {}) => {
    if (level === "debug") return;
    const values = Object.entries(fields).filter(([, value]) => value !== undefined);
    const seconds = ((performance.now() - began) / 1000).toFixed(2);
    write(`desk ${[seconds, level, event, ...values.map(([name, value]) => `${name}=${value}`)].join(" ")}\n`);
    if (event === "command" && FAKE_QEMU === "weak") log("info", "start", { reset: "panic:online", starts: 1 });
  };
  const { platform } = boot({ Serial: serialOver(() => uart) }, memory, log, "power", () => process.exit(0));
  const settings = storedConfig(memory.keyValue, build.settings, log, tableOf(undefined));
  const cloud = await loadCloud(build.cloud);
  const keys = cloud.keys?.(platform);
  const record = new BootRecord(platform);
  const parts = cloud.partsFor({ config: settings, platform });
  const { device, link } = composeDevice(platform, { config: settings, boot: record, ...parts });
  const chip = new Console({
    keyValue: memory.keyValue,
    built: build.settings,
    settings,
    keys,
    status: () => ({ phase: device.phase, ...device.counters, ...link.counters() }),
  });
  process.stdin.on("data", (bytes) => write(chip.receive(bytes).text));
  record.tell();
  device.start();
}
