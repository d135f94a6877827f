// RS256 signatures as the device makes them: blinded, and checked before they leave. Tells the instructions of the second.

import { rs256Signer } from "../../../firmware/jwt/rs256.js";
import { readRsaPrivateKey } from "../../../firmware/jwt/rsa-key.js";

/** More than a key takes. */
const MOST = 4096;

const signer = rs256Signer(readRsaPrivateKey(new Uint8Array(host.input("key", 0, MOST)!)), (into) => into.fill(7));
const message = Uint8Array.from("sample", (c) => c.charCodeAt(0));
signer.sign(message);
const began = host.meter();
signer.sign(message);
host.print(JSON.stringify({ work: "sign", instructions: host.meter() - began }));
host.end();
