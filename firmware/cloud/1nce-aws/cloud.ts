// 1NCE as the table of clouds has it: the SIM is the device's identity, AWS IoT Core its broker.

import { rootsFor, type SimCloud, sessionStore } from "../cloud.js";
import { oneNceProfile } from "./profile.js";
import { oneNceUplink } from "./uplink.js";

/** The roots are those of the onboarding host. */
export const cloud: SimCloud = (order, given, { limits, topics }) => {
  const { onboardingHost, onboardingPort, endpointPattern, missingRoot, transport } = given.config;
  const { publishForm, fallback, keepAliveS } = given.config;
  const { log } = given.platform;
  const roots = rootsFor(order, given);
  const settings = { onboardingHost, onboardingPort, endpointPattern, missingRoot, transport };
  const keyValue = sessionStore(given);
  return {
    profile: oneNceProfile({ ...settings, topics, ...(roots && { roots }) }),
    uplink: oneNceUplink({ transport, publishForm, fallback, limits, keepAliveS, keyValue, log }),
  };
};
