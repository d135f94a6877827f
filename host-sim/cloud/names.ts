// Where the simulated cloud is, by name.

/** Host name of the simulated AWS IoT endpoint, in the shape of the real ones. */
export const ENDPOINT_HOST = "a1b2c3d4e5f6g7-ats.iot.eu-central-1.amazonaws.com";
/** The port that devices dial, for onboarding and endpoint alike. */
export const HTTPS_PORT = 443;
/** Where the URL of the endpoint's root certificate leads. */
export const CA_REPOSITORY_HOST = "www.amazontrust.com";
/** The other port for MQTT over TLS. */
export const MQTTS_PORT = 8883;
/** Hosts of the bridges for devices that sign their own tokens: MQTT by all of the first names, HTTP by the second. */
export const BRIDGE_HOSTS = {
  google: {
    mqtt: ["mqtt.googleapis.com", "mqtt.2030.ltsapis.goog"],
    https: "cloudiotdevice.googleapis.com",
  },
  clearblade: {
    mqtt: ["us-central1-mqtt.clearblade.com", "europe-west1-mqtt.clearblade.com", "asia-east1-mqtt.clearblade.com"],
    https: "us-central1.clearblade.com",
  },
} as const;
/** A broker of one's own. */
export const JWT_BROKER_HOST = "broker.example";
