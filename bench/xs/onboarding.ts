// 1NCE's onboarding answer, as CSV and as JSON, to be read from a file. The two say the same: the real service leaves the root
// certificate out of the JSON, and a device would have to fetch it.

import { encodePem } from "../../firmware/bytes/pem.js";
import { builtInRoots } from "../../firmware/cloud/roots.js";
import { responseBytes } from "../../host-sim/cloud/http/response.js";
import { ENDPOINT_HOST } from "../../host-sim/cloud/names.js";
import { OBSERVED_STYLE, type Tokens, tokensResponse } from "../../host-sim/cloud/onboarding/answer.js";
import { Authorizer } from "../../host-sim/cloud/onboarding/authorizer.js";
import { ROOT_CA_URL } from "../../host-sim/cloud/onboarding/onboarding.js";
import { seededSigner } from "../../host-sim/cloud/onboarding/signer.js";
import { DEFAULT_SIM, iccidOf } from "../../host-sim/world/sims.js";

const NOW = Date.UTC(2025, 5, 15);

/** The whole HTTP answers, files `csv` and `json`, and their bodies alone. */
export function onboardingAnswers(): Record<string, Uint8Array> {
  const tokens: Tokens = {
    username: new Authorizer({ signer: seededSigner("bench") }).mint(DEFAULT_SIM, NOW),
    clientId: iccidOf(DEFAULT_SIM),
    endpoint: ENDPOINT_HOST,
    rootCaUrl: ROOT_CA_URL,
    rootCaPem: encodePem("CERTIFICATE", builtInRoots()[0]!),
  };
  const csv = tokensResponse(tokens, "text/csv", OBSERVED_STYLE, NOW);
  const json = tokensResponse(tokens, "application/json", OBSERVED_STYLE, NOW);
  const whole = { ...JSON.parse(Buffer.from(json.body).toString()), rootCa: tokens.rootCaPem };
  const body = Buffer.from(JSON.stringify(whole));
  return {
    csv: responseBytes(csv, false),
    "csv-body": csv.body,
    json: responseBytes({ ...json, body }, false),
    "json-body": body,
  };
}
