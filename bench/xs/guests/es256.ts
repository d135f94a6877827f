// One ES256 signature as the device makes it: P-256 by noble's general curve module, window 1, blinded.

import { es256 } from "../../../firmware/jwt/p256.js";
import { signTwice } from "./sign-twice.js";

const { sign } = es256((bytes) => bytes.fill(0x5a));
signTwice((message, d) => sign(message, d));
