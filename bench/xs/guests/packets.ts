// The MQTT packets that both codecs are measured with.

export const TOPIC = "8988280666000000015/telemetry/sim";
export const PAYLOAD = new Uint8Array(120).fill(0x78);
export const ID = 77;

/** The PUBLISH as it is on the wire (MQTT 3.1.1 §3.3). */
export function publishBytes(): Uint8Array {
  const header = [0x32, 0x9d, 0x01, 0, TOPIC.length, ...Array.from(TOPIC, (c) => c.charCodeAt(0)), 0, ID];
  return new Uint8Array([...header, ...PAYLOAD]);
}

/** A PUBACK (§3.4). */
export const PUBACK_BYTES = new Uint8Array([0x40, 2, 0, ID]);
