// What the manifests of devices that sign their own tokens say of their clouds; on the chip it lies in flash as this does.

import { DIGICERT_GLOBAL_ROOT_G2 } from "../../../firmware/cloud/clearblade/roots.js";
import type { CloudOrder } from "../../../firmware/cloud/cloud.js";

const ROOTS = `-----BEGIN CERTIFICATE-----\n${DIGICERT_GLOBAL_ROOT_G2}\n-----END CERTIFICATE-----\n`;

export const BROKER: CloudOrder = {
  name: "jwt",
  host: "broker.example",
  port: 8883,
  roots: ROOTS,
  clientId: "device-1",
  audience: "broker.example",
};

export const GOOGLE: CloudOrder = {
  name: "google",
  roots: ROOTS,
  project: "my-project",
  location: "us-central1",
  registry: "my-registry",
  device: "device-1",
};

export const CLEARBLADE: CloudOrder = {
  ...GOOGLE,
  name: "clearblade",
  host: "us-central1.clearblade.com",
  systemKey: "0123456789abcdef",
};
