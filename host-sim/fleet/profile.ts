// Profiles of a fleet: credentials as they are given, and any profile's connections led through the gate.

import type { Credentials, Plan } from "../../firmware/cloud/plan.js";
import type { Profile, ProfileMeans, Topics } from "../../firmware/cloud/profile.js";
import type { Gate } from "./gate.js";

/** A profile whose credentials never change. */
export function givenProfile(way: Omit<Plan, "credentials">, credentials: Credentials, topics: Topics): Profile {
  return {
    name: "given",
    renewals: 0,
    plan: async () => ({ ...way, credentials }),
    forget: () => {},
    topics: () => topics,
  };
}

/** The profile, whose plans wait for their turn. A device asks for one before each connection. */
export function gated(profile: Profile, gate: Gate): Profile {
  return {
    name: profile.name,
    get renewals() {
      return profile.renewals;
    },
    plan: async (means: ProfileMeans) => {
      await gate.turn();
      return profile.plan(means);
    },
    forget: (means) => profile.forget(means),
    topics: (plan) => profile.topics(plan),
  };
}
