// What stands on the page for packages that Node's own modules come with, or that nobody needs there.

import { Buffer } from "buffer/";

export { Buffer };
