// A registry of devices as Google Cloud IoT Core and ClearBlade keep it: who may connect, with which keys, and each
// device's configuration and state. Source: Google Cloud IoT, "Devices, configuration, and state".

import { type RegisteredKey, registeredKey } from "../broker/jwt-verify.js";

/** Public keys of one device. */
const MAX_DEVICE_KEYS = 3;

export interface DeviceConfig {
  /** Counts up from 1. */
  version: number;
  data: Uint8Array;
}

export interface Device {
  id: string;
  keys: readonly RegisteredKey[];
  config: DeviceConfig;
  /** The last state that the device reported. */
  state: Uint8Array | undefined;
}

export interface RegistryName {
  project: string;
  location: string;
  registry: string;
}

/** First a letter, then 2 to 254 of letters, digits and `- . _ + ~ %`; not beginning with `goog`. */
const DEVICE_ID = /^(?!goog)[A-Za-z][A-Za-z0-9\-._+~%]{2,254}$/;

export class DeviceRegistry {
  readonly name: RegistryName;
  readonly #devices = new Map<string, Device>();

  constructor(name: RegistryName) {
    this.name = name;
  }

  /**
   * Registers a device.
   * @param pems public keys or X.509 certificates
   * @throws RangeError for an id or a key that cannot be
   */
  add(id: string, pems: readonly string[], config: Uint8Array = new Uint8Array(0)): Device {
    if (!DEVICE_ID.test(id)) throw new RangeError(`"${id}" is no device id`);
    if (pems.length > MAX_DEVICE_KEYS) throw new RangeError(`a device has at most ${MAX_DEVICE_KEYS} keys`);
    const device: Device = {
      id,
      keys: pems.map(registeredKey),
      config: { version: 1, data: config },
      state: undefined,
    };
    this.#devices.set(id, device);
    return device;
  }

  get(id: string): Device | undefined {
    return this.#devices.get(id);
  }

  /** The device that a full name, as an MQTT client id is one, stands for: projects/P/locations/R/registries/G/devices/D. */
  find(fullName: string): Device | undefined {
    const prefix = this.nameOf("");
    return fullName.startsWith(prefix) ? this.get(fullName.slice(prefix.length)) : undefined;
  }

  /** The full name of a device. */
  nameOf(id: string): string {
    const { project, location, registry } = this.name;
    return `projects/${project}/locations/${location}/registries/${registry}/devices/${id}`;
  }

  /** Gives a device a new configuration. @throws RangeError for an unknown device */
  configure(id: string, data: Uint8Array): DeviceConfig {
    const device = this.get(id);
    if (device === undefined) throw new RangeError(`no device "${id}"`);
    device.config = { version: device.config.version + 1, data };
    return device.config;
  }
}
