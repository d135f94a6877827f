// All that is fuzzed.

import type { Target } from "../target.js";
import { atAnswers } from "./at-answers.js";
import { atReader } from "./at-reader.js";
import { commands, credentials, onboarding } from "./cloud.js";
import { csv } from "./csv.js";
import { httpResponse } from "./http-response.js";
import { jsonFields, jsonWhole } from "./json.js";
import { ecPrivate, jwt, pemText, rsaPrivate } from "./keys.js";
import { mqttClient, mqttServer } from "./mqtt-decoder.js";
import { mqttSession } from "./mqtt-session.js";
import { outbox } from "./outbox.js";
import { base64, utf8 } from "./text.js";
import { delta, inflate } from "./update.js";
import { wsFrames } from "./ws-frames.js";

export const TARGETS: readonly Target[] = [
  ...[atReader, httpResponse, csv, mqttClient, mqttServer, wsFrames, jsonFields, jsonWhole],
  ...[ecPrivate, rsaPrivate, pemText, jwt, outbox, utf8, base64],
  ...[atAnswers, mqttSession, onboarding, commands, credentials],
  ...[inflate, delta],
];
