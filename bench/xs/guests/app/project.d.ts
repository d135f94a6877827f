// A project as its image has it: program.ts says which.

declare module "project/app" {
  const app: Required<import("../../../../firmware/compose.js").DeviceApp>;
  export const settings: typeof app.settings;
  export const commands: typeof app.commands;
  export const start: typeof app.start;
}
declare module "project/world" {
  const world: import("../../../../host-sim/testing/world.js").World<{
    sht3x: import("../../../../host-sim/board/sht3x.js").Sht3x;
    led: import("../../../../host-sim/board/pin-parts.js").Led;
  }>;
  export default world;
}
