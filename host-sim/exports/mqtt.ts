// `simkey-firmware/mqtt`: the MQTT 3.1.1 client, its journal, and what limits them.

export { MqttClient, type MqttClientOptions, type Subscription } from "../../firmware/mqtt/client.js";
export { MqttError } from "../../firmware/mqtt/error.js";
export { type Journal, type JournalRecord, RamJournal } from "../../firmware/mqtt/journal.js";
export { type MqttLimits, STANDARD_LIMITS } from "../../firmware/mqtt/limits.js";
export type { PublishOptions } from "../../firmware/mqtt/options.js";
export type { Connect, PublishPart, QoS, Will } from "../../firmware/mqtt/packets.js";
