// AWS IoT Core by HTTPS: POST /topics/<topic>?qos=1 (AWS IoT developer guide, "HTTPS"), with a custom authorizer's
// parameters in one of three places. Port 443, no ALPN. There is no subscription: commands need MQTT.

import type { HeaderFields } from "../../http/request.js";
import type { Config } from "../../settings/table.js";
import type { Credentials, Plan } from "../plan.js";
import { AnswerFields, type Bridge, PublishError, publishError } from "../publish.js";
import { authorizerOf, headersOf } from "./authorizer.js";

/**
 * Where the authorizer's parameters stand:
 * - `query`: in the query, percent-encoded
 * - `headers`: in headers of their names, decoded
 * - `1nce`: in the query, with the headers `username` (untouched) and `clientId`, as in 1NCE's example
 */
export type PublishForm = Config["publishForm"];

/** What AWS answers to a message it has taken. */
const TAKEN = "OK";

/** The way to the same endpoint by HTTPS. */
export function httpsPlanOf(plan: Plan): Plan {
  const { tls, ws: _, ...rest } = plan;
  if (tls === undefined) return rest;
  return { ...rest, tls: { serverName: tls.serverName, requireAlpn: false, roots: tls.roots } };
}

/**
 * Publishes with a token.
 * @throws OnboardingError `onboarding-field` or `onboarding-token-key` for a user name that HTTP cannot carry
 */
export function awsBridge(credentials: Credentials, form: PublishForm): Bridge {
  const { clientId, username = "" } = credentials;
  const parameters = authorizerOf(username);
  const headers: Readonly<Record<PublishForm, HeaderFields>> = {
    query: [],
    headers: headersOf(parameters),
    "1nce": [
      ["username", username],
      ["clientId", clientId],
    ],
  };
  // Taken out of the user name for each request: kept, it would be there twice.
  const query = () => (form === "headers" ? "" : `&${username.slice(username.indexOf("?") + 1)}`);
  return {
    request: ({ topic, payload }) => ({
      method: "POST",
      path: `/topics/${topic.split("/").map(encodeLevel).join("/")}?qos=1${query()}`,
      headers: [["Content-Type", "application/octet-stream"], ...headers[form]],
      body: payload,
    }),
    answer: (status) => {
      const fields = new AnswerFields(["message", "traceid"]);
      return {
        push: (piece) => fields.push(piece),
        end: () => {
          if (status !== 200) throw publishError(status, fields.shown("message"));
          if (fields.value("message") !== TAKEN) throw new PublishError("publish-answer", "publish: 200 without an OK");
          return fields.shown("traceid");
        },
      };
    },
  };
}

function encodeLevel(level: string): string {
  try {
    return encodeURIComponent(level);
  } catch {
    throw new PublishError("publish-rejected", "publish: the topic holds a lone surrogate");
  }
}
