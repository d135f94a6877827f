// Where the simulated cloud is, by name.

/** Host name of the simulated AWS IoT endpoint, in the shape of the real ones. */
export const ENDPOINT_HOST = "a1b2c3d4e5f6g7-ats.iot.eu-central-1.amazonaws.com";
/** The port that devices dial, for onboarding and endpoint alike. */
export const HTTPS_PORT = 443;
/** Where the URL of the endpoint's root certificate leads. */
export const CA_REPOSITORY_HOST = "www.amazontrust.com";
