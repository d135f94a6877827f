// `simkey-firmware/sim/cloud`: the simulated cloud, 1NCE's onboarding and AWS IoT Core's front, in real time over TLS.

export { CloudFaults, FAULTS } from "../cloud/faults.js";
export { type Cloud, type CloudEvent, type CloudOptions, startCloud } from "../cloud/node/cloud.js";
