// ClearBlade IoT Core's HTTP form of publishEvent and setState: another address, another header, success is 204.
// Source: ClearBlade IoT Core documentation; ClearBlade/python-iot.

import { encodeBase64 } from "../../bytes/base64.js";
import { encodeUtf8 } from "../../bytes/utf8.js";
import { callOf, statusAnswer } from "../google/calls.js";
import type { Credentials } from "../plan.js";
import type { Bridge } from "../publish.js";

/**
 * Publishes with a token, made for this form, in the password's place.
 * @param device the device's id
 * @param systemKey of the registry
 */
export function clearBladeBridge(device: string, systemKey: string, { password = "" }: Credentials): Bridge {
  const path = `/api/v/4/webhook/execute/${encodeURIComponent(systemKey)}/cloudiotdevice_devices`;
  return {
    request: ({ topic, payload }) => {
      const call = callOf(device, topic);
      const data = { binaryData: encodeBase64(payload) };
      const body = call.method === "setState" ? { state: data } : { ...data, subFolder: call.folder };
      return {
        method: "POST",
        path: `${path}?name=${encodeURIComponent(device)}&method=${call.method}`,
        headers: [
          ["ClearBlade-UserToken", password],
          ["Content-Type", "application/json"],
        ],
        body: encodeUtf8(JSON.stringify(body)),
      };
    },
    answer: (status) => statusAnswer(status, 204),
  };
}
