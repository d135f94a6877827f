import { decoder } from "../../../../firmware/update/formats/delta.js";
import { unpack } from "./unpack.js";

unpack(decoder);
