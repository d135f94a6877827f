// `simkey-firmware/device`: the firmware's parts joined into a device, for who has a platform of their own.

export { CLOUD_NAMES, CLOUDS, loadCloud } from "../../firmware/clouds.js";
export { type Composition, composeDevice, type DeviceApp, tableOf, usableApp } from "../../firmware/compose.js";
export type { Device } from "../../firmware/device/device.js";
export { BOARDS, type Board } from "../../firmware/modem/boards.js";
export type { Log, LogEvent, LogEvents } from "../../firmware/platform/events.js";
export type { Link } from "../../firmware/platform/link.js";
export type { Platform } from "../../firmware/platform/platform.js";
export { ConfigError, configure } from "../../firmware/settings/configure.js";
export { type Config, SETTINGS } from "../../firmware/settings/table.js";
