// AWS IoT Core's MQTT front with 1NCE's custom authorizer and its policy: connect as <iccid>, publish and subscribe
// below <iccid>/ and nowhere else. Source: 1NCE "JWT Token Onboarding", IoT Core policy.

import type { Hello } from "../../world/core.js";
import type { Authorizer, AuthorizerParameters } from "../onboarding/authorizer.js";
import { Broker, type BrokerOptions } from "./broker.js";
import type { Gatekeeper } from "./gatekeeper.js";
import { AWS_PROFILE, type BrokerProfile } from "./profile.js";

export interface AwsBrokerOptions extends Pick<BrokerOptions, "faults" | "onEvent"> {
  authorizer: Authorizer;
  /** Host name of the endpoint. */
  endpoint: string;
  /** Other names by which it answers. */
  also?: readonly string[];
  /** Rules that shall differ from AWS's. */
  profile?: Partial<BrokerProfile> | undefined;
}

/** A connection that came by WebSocket: the authorizer's parameters were in the request that opened it. */
export interface AwsHello extends Hello {
  authorizer?: AuthorizerParameters;
}

/** The broker behind an AWS IoT endpoint. */
export class AwsBroker extends Broker {
  constructor(options: AwsBrokerOptions) {
    const { authorizer, endpoint, also = [], profile, ...rest } = options;
    super({
      ...rest,
      profile: { ...AWS_PROFILE, ...profile },
      names: [endpoint, ...also],
      gatekeeper: awsGatekeeper(authorizer),
    });
  }
}

/** Admits who the authorizer admits, under 1NCE's policy. */
function awsGatekeeper(authorizer: Authorizer): Gatekeeper {
  return ({ clientId, username }, hello: AwsHello, now) => {
    const verdict =
      hello.authorizer === undefined
        ? authorizer.check(username, clientId, now)
        : authorizer.checkParameters(hello.authorizer, clientId, now);
    if (!verdict.ok) return { admitted: false, denial: verdict.denial };
    // IAM's `*` stands for any characters, also none and also wildcards: all that begins with <iccid>/ is allowed.
    const own = (topic: string): boolean => topic.startsWith(`${verdict.iccid}/`);
    return { admitted: true, endsAt: verdict.endsAt, mayPublish: own, maySubscribe: own };
  };
}
