// What an app imports as `simkey-firmware/sensors`, in an image.
export { SHT3x } from "firmware/sensors/sht3x";
