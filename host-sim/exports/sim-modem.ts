// `simkey-firmware/sim/modem`: the simulated SIM7080G, as a core without IO, and in real time on a TCP port.

export { ControlError } from "../modem/control.js";
export { FAULTS, parseFault } from "../modem/faults.js";
export { NodeModem, type NodeModemOptions } from "../modem/node-modem.js";
export type { ModelName, Sim7080Options } from "../modem/options.js";
export { Sim7080 } from "../modem/sim7080.js";
export { type Peer, SimulatedModem, type SimulatedModemOptions } from "../modem/simulated-modem.js";
