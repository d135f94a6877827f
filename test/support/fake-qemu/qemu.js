#!/usr/bin/env node
// Stands for Espressif's qemu-system-riscv32: reads the flash that it is given as the chip's ROM and boot loader would, and
// runs what the build put there as the firmware in Node, with the console of the chip on stdin and stdout and the modem at a
// TCP port. All that lies in the flash outlives it. Where the build takes updates the chip's time goes faster, as a device waits
// much around an update.
//
// FAKE_QEMU=old: it has no such machine. FAKE_QEMU=crash: it ends by itself. FAKE_QEMU=weak: a command ends the device, which
// starts again. FAKE_QEMU=silent: nothing runs.

import { readFileSync } from "node:fs";
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
import { ChipFlash, textIn, writeText } from "./flash.js";
import { ChipSlots } from "./slots.js";

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
/** How much faster the time of a device goes that takes updates. */
const HASTE = 8;
const drives = args.filter((_, at) => args[at - 1] === "-drive");
const fileOf = (what) => drives.find((drive) => drive.includes(what)).match(/file=([^,]+)/)[1];
const [, port] = args.find((arg) => arg.startsWith("tcp:")).match(/:(\d+),nodelay=on$/);
if (readFileSync(fileOf("id=efuse"))[38] !== 0x0c) throw new Error("the chip's revision is too old for the image");

const flash = new ChipFlash(fileOf("if=mtd"));
const slots = new ChipSlots(flash);
const write = (text) => process.stdout.write(text.replace(/\n/g, "\r\n"));
let typed = () => {};
process.stdin.on("data", (bytes) => typed(bytes));
if (FAKE_QEMU === "silent") setInterval(() => {}, 1000);
else await powerOn();

/** Settings, token and key, in the partition of that name. */
function nvs() {
  const partition = flash.partition("nvs");
  const keyValue = new MemoryKeyValue();
  const kept = textIn(partition);
  const values = kept === "" ? {} : JSON.parse(kept);
  for (const [key, base64] of Object.entries(values)) keyValue.write(key, Buffer.from(base64, "base64"));
  const save = () => writeText(partition, JSON.stringify(values));
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

async function powerOn() {
  const uart = await uartOverTcp("127.0.0.1", Number(port));
  const memory = { keyValue: nvs(), flash: flash.partition("outbox"), reset: new BoardMemory() };
  await start(memory, uart, "power");
}

/** The chip starts: its ROM, its boot loader, the image. */
async function start(memory, uart, cause) {
  write("ESP-ROM:esp32c3-api1-20210207\n");
  const started = slots.start();
  const { simkey: build } = started.image.config;
  // What such an image does to itself is the chip's affair: it is back at its boot loader.
  if (build.act === "crash") {
    await start(memory, uart, "software");
    return;
  }
  const haste = build.update === undefined ? 1 : HASTE;
  const began = performance.now();
  const log = (level, event, fields = {}) => {
    if (level === "debug") return;
    const values = Object.entries(fields).filter(([, value]) => value !== undefined);
    const seconds = ((performance.now() - began) / 1000).toFixed(2);
    write(`desk ${[seconds, level, event, ...values.map(([name, value]) => `${name}=${value}`)].join(" ")}\n`);
    if (event === "command" && FAKE_QEMU === "weak") log("info", "start", { reset: "panic:online", starts: 1 });
  };
  const restart = () => {
    life.end();
    setImmediate(() => start(memory, uart, "software"));
  };
  const life = boot({ Serial: serialOver(() => uart) }, memory, log, cause, restart);
  const update = slots.platform(started, restart);
  const platform = { ...life.platform, ...hasty(life.platform, haste), ...(update && { update }) };
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
    get updates() {
      return device.updates;
    },
    status: () => ({ phase: device.phase, ...device.counters, ...link.counters() }),
  });
  typed = (bytes) => write(chip.receive(bytes).text);
  record.tell();
  device.start();
}

/** Clock and timers whose time goes faster. */
function hasty({ clock, timer }, haste) {
  return {
    clock: { ...clock, monotonic: () => Math.floor(clock.monotonic() * haste) },
    timer: { set: (callback, ms) => timer.set(callback, ms / haste), clear: (id) => timer.clear(id) },
  };
}
