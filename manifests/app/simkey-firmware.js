// What an app imports as `simkey-firmware`, in an image. In Node it is firmware/platform/app.ts itself.
export { defineApp, Refusal } from "firmware/platform/app";
