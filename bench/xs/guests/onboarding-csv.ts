// Onboarding as the device does it: CSV read as it arrives, the root certificate straight to DER.

import { AnswerReader } from "../../../firmware/cloud/1nce-aws/answer.js";
import { takeAnswer } from "./answer.js";

const RECEIVED_AT = 1_750_000_000_000;

const reader = new AnswerReader("text/csv");
takeAnswer("csv", { onBody: (piece) => reader.push(piece) });
const token = reader.end(RECEIVED_AT);
host.print(JSON.stringify({ username: token.username.length, rootCa: token.rootCa?.length, endpoint: token.endpoint }));
host.end();
