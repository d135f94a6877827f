// What a device hands to an HTTP bridge, as the message it would have been over MQTT.

import { base64Of, fieldOf } from "../http/json-body.js";
import { MAX_EVENT_BYTES, MAX_STATE_BYTES } from "./bridge.js";
import type { Device } from "./device-registry.js";

export interface DeviceMessage {
  topic: string;
  payload: Uint8Array;
}

/** Of a publishEvent: `binary_data` and an optional `sub_folder`. Undefined: malformed, or too long. */
export function eventMessage(device: Device, body: unknown): DeviceMessage | undefined {
  const payload = base64Of(fieldOf(body, "binary_data"), MAX_EVENT_BYTES);
  const folder = fieldOf(body, "sub_folder") ?? "";
  if (payload === undefined || typeof folder !== "string" || /[+#\0]/.test(folder)) return undefined;
  return { topic: `/devices/${device.id}/events${folder === "" ? "" : `/${folder}`}`, payload };
}

/** Of a setState: `binary_data` within `state`. Undefined: malformed, or too long. */
export function stateMessage(device: Device, body: unknown): DeviceMessage | undefined {
  const payload = base64Of(fieldOf(fieldOf(body, "state"), "binary_data"), MAX_STATE_BYTES);
  return payload && { topic: `/devices/${device.id}/state`, payload };
}
