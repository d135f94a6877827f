// The formats that this image can unpack: the only list of them. A full image needs no decoder and is streamed into its
// slot; of the others the file is kept in the slot's free tail until the image is made of it.

import type { DecoderFactory } from "./decoder.js";
import type { FormatName } from "./manifest.js";

/** What loads a format's decoder. */
export type Format = () => Promise<{ decoder: DecoderFactory }>;

/** By its name in a manifest; `image` is always known. */
export const FORMATS: Readonly<Partial<Record<FormatName, Format>>> = {
  deflate: () => import("./formats/deflate.js"),
  delta: () => import("./formats/delta.js"),
};
