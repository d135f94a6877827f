// What the manifest of a device that signs its own token says of its broker; on the chip it lies in flash as this does.

import { DIGICERT_GLOBAL_ROOT_G2 } from "../../../firmware/cloud/clearblade/roots.js";
import type { JwtBuild } from "../../../firmware/jwt-device.js";

export const BROKER: JwtBuild = {
  host: "broker.example",
  port: 8883,
  roots: `-----BEGIN CERTIFICATE-----\n${DIGICERT_GLOBAL_ROOT_G2}\n-----END CERTIFICATE-----\n`,
  clientId: "device-1",
  audience: "broker.example",
};
