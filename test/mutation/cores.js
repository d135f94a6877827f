// The pure cores that `npm run mutation` checks: protocols, formats and tables that do no IO. Each is judged by the tests of
// its own folder alone, so what another layer's test would notice by chance does not count.

/** @typedef {{ files: string[], tests: string[] }} Core globs of what is mutated, and of its tests */

/** A core that is a whole folder of firmware/. */
const folder = (name) => ({ files: [`firmware/${name}/*.ts`], tests: [`test/firmware/${name}/**/*.test.ts`] });

/** @type {Record<string, Core>} */
export const CORES = {
  mqtt: folder("mqtt"),
  store: folder("store"),
  jwt: folder("jwt"),
  csv: folder("csv"),
  http: folder("http"),
  modem: {
    // What reads and writes the AT line; the driver's procedures, which are IO, are the storm's to judge.
    files: ["firmware/modem/at/*.ts", "firmware/modem/sim7080/ack-window.ts", "firmware/modem/sim7080/commands/*.ts"],
    tests: [
      "test/firmware/modem/at/*.test.ts",
      "test/firmware/modem/sim7080/{ack-window,command-forms,commands,sockets}.test.ts",
    ],
  },
  bytes: folder("bytes"),
  ws: folder("ws"),
  device: {
    // The tables by which a device decides; its runner and what it holds are, again, the storm's to judge.
    files: ["firmware/device/{agent,clock-error,commands,config,ladder,usage}.ts"],
    tests: ["test/firmware/device/{agent,clock-error,commands,config,ladder,usage}.test.ts"],
  },
};
