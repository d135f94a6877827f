// What every device measures: its signal.

import type { SystemContext } from "../platform/app.js";

/** What a record tells of the signal, as far as the modem does. */
export interface SignalFields {
  rat?: string;
  /** dBm */
  rssi?: number;
  rsrp?: number;
  /** dB */
  rsrq?: number;
  sinr?: number;
  band?: string;
  plmn?: string;
  cell?: number;
}

/** The signal as last heard of. */
export function sample({ signal }: Pick<SystemContext, "signal">): SignalFields {
  const { rat, rssiDbm, rsrpDbm, rsrqDb, sinrDb, band, plmn, cellId } = signal;
  return {
    ...(rat !== undefined && { rat }),
    ...(rssiDbm !== undefined && { rssi: rssiDbm }),
    ...(rsrpDbm !== undefined && { rsrp: rsrpDbm }),
    ...(rsrqDb !== undefined && { rsrq: rsrqDb }),
    ...(sinrDb !== undefined && { sinr: sinrDb }),
    ...(band !== undefined && { band }),
    ...(plmn !== undefined && { plmn }),
    ...(cellId !== undefined && { cell: cellId }),
  };
}
