// `simkey-firmware/decode`: what a device has published, as records. For consumers in the cloud.

export { RECORD_KEYS } from "../../firmware/device/record-keys.js";
export { CborError } from "../decode/cbor.js";
export { type DecodedRecord, decodeRecords, RecordsError, splitRecords } from "../decode/records.js";
