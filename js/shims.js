// @ts-check

/**
 * What the Endo packages need of their host where no SES was loaded before. Each of these does nothing when it finds its work
 * done (by `@endo/init`), and freezes no intrinsic.
 */

import 'ses/assert-shim.js';
import '@endo/immutable-arraybuffer/shim.js';
import '@endo/eventual-send/shim.js';
