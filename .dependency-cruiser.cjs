// The import arrows of docs/architecture.md: main → {app, device}, device → cloud → protocols → {settings, platform,
// bytes}; modem the same.
const { builtinModules } = require("node:module");

const FIRMWARE = "^firmware/";
/** Node's own modules, however they are named. */
const NODE = `^(node:)?(${builtinModules.filter((name) => /^\w+$/.test(name)).join("|")})(/|$)`;

/** What each folder of firmware/ may import besides itself. A folder that is not listed may import nothing. */
const MAY_IMPORT = {
  bytes: [],
  platform: [],
  app: ["platform", "bytes"],
  sensors: ["platform", "bytes"],
  settings: ["platform", "bytes"],
  mqtt: ["settings", "platform", "bytes"],
  http: ["settings", "platform", "bytes"],
  ws: ["http", "settings", "platform", "bytes"],
  csv: ["settings", "platform", "bytes"],
  jwt: ["settings", "platform", "bytes"],
  store: ["settings", "platform", "bytes"],
  modem: ["settings", "platform", "bytes"],
  cloud: ["mqtt", "http", "ws", "csv", "jwt", "store", "settings", "platform", "bytes"],
  update: ["cloud", "http", "jwt", "settings", "platform", "bytes"],
  device: ["update", "cloud", "mqtt", "http", "ws", "csv", "jwt", "store", "settings", "platform", "bytes"],
};

const folderRules = Object.entries(MAY_IMPORT).map(([folder, others]) => ({
  name: `firmware/${folder}`,
  comment: `firmware/${folder} may import only: ${[folder, ...others].join(", ")}`,
  severity: "error",
  from: { path: `${FIRMWARE}${folder}/`, pathNot: `${FIRMWARE}platform/(moddable|native)/` },
  to: {
    pathNot: [
      `${FIRMWARE}(${[folder, ...others].join("|")})/`,
      ...(folder === "jwt" ? ["^node_modules/@noble/(curves|hashes)/"] : []),
    ],
  },
}));

module.exports = {
  forbidden: [
    ...folderRules,
    {
      name: "the-at-line-knows-no-modem",
      comment: "firmware/modem/at is the AT line of any modem: it imports no folder of a model",
      severity: "error",
      from: { path: `${FIRMWARE}modem/at/` },
      to: { path: `${FIRMWARE}modem/`, pathNot: `${FIRMWARE}modem/at/` },
    },
    {
      name: "the-driver-knows-no-sibling",
      comment: "firmware/modem/sim7080 is what the models share: modem/models.ts alone lists them, and hands them in",
      severity: "error",
      from: { path: `${FIRMWARE}modem/sim7080/` },
      to: { path: `${FIRMWARE}modem/(sim70(?!80)|models|modem\\.ts)` },
    },
    {
      name: "no-cycle",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "unresolved",
      severity: "error",
      from: {},
      to: { couldNotResolve: true, pathNot: "^(embedded:|timer$|time$|mc/)" },
    },
    {
      name: "moddable-only-at-the-edge",
      comment: "only main.ts and platform/moddable know the chip's modules",
      severity: "error",
      from: { path: FIRMWARE, pathNot: `${FIRMWARE}(main\\.ts|platform/(moddable|native)/)` },
      to: { path: "^(embedded:|timer$|time$|mc/)" },
    },
    {
      name: "firmware-knows-no-desk",
      comment: "nothing in firmware/ imports host-sim/, a test or Node",
      severity: "error",
      from: { path: FIRMWARE },
      to: { path: ["^(host-sim|fuzz|test|bench|scripts)/", "^node:"], pathNot: "^firmware/" },
    },
    {
      name: "firmware-uses-no-node",
      severity: "error",
      from: { path: FIRMWARE },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "listed-folders-only",
      comment: "a folder of firmware/ that is not in MAY_IMPORT has no place in the house",
      severity: "error",
      from: { path: FIRMWARE, pathNot: `${FIRMWARE}((${Object.keys(MAY_IMPORT).join("|")})/|[^/]+\\.ts$)` },
      to: { path: "." },
    },
    { name: "nothing-imports-main", severity: "error", from: {}, to: { path: `${FIRMWARE}main\\.ts$` } },
    {
      name: "the-desk-knows-no-node",
      comment: "host-sim/desk runs wherever JavaScript does: a page too. It imports neither Node nor who stands on it",
      severity: "error",
      from: { path: "^host-sim/desk/" },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "the-desk-carries-others",
      comment: "storm, fleet and cli stand on the desk, and what carries a core on real sockets is none of it",
      severity: "error",
      from: { path: "^host-sim/desk/" },
      to: { path: "^host-sim/(storm|fleet|cli|docs|cloud/node|modem/node-[^/]*\\.ts$)(/|$)" },
    },
    {
      name: "the-page-needs-no-node",
      comment: "what runs in a browser's tab reaches no module of Node's, through whatever it imports",
      severity: "error",
      from: { path: "^host-sim/(page/(world|ui)/|desk/|storm/play-trial\\.ts$|simulation/|testing/)" },
      to: { path: NODE, reachable: true },
    },
    {
      name: "world-and-cores-do-no-io",
      comment: "the simulated board, modem and cloud and the world are cores: no sockets, no files",
      severity: "error",
      from: { path: "^host-sim/(board|modem|cloud|world)/", pathNot: "^host-sim/(modem/node-[^/]*\\.ts$|cloud/node/)" },
      to: { dependencyTypes: ["core"], path: "^(net|tls|http|https|fs|dgram|child_process|timers)(/|$)" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    // The parser knows no JSX: what such files import of Node's, the build of the page for a browser refuses.
    exclude: { path: "^(dist|build)/|\\.tsx$" },
    tsPreCompilationDeps: true,
    parser: "swc",
    enhancedResolveOptions: { extensions: [".ts", ".js"], conditionNames: ["import", "node", "types"] },
  },
};
