// One ES256 signature as the device makes it: P-256 by noble's general curve module, window 1.

import { es256 } from "../../../firmware/jwt/p256.js";
import { signTwice } from "./sign-twice.js";

const { sign } = es256();
signTwice((message, d) => sign(message, d));
