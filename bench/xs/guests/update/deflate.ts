import { decoder } from "../../../../firmware/update/formats/deflate.js";
import { unpack } from "./unpack.js";

unpack(decoder);
