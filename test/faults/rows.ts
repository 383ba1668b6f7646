/** The table of faults. */

import { killRows } from './kill-rows.ts';
import { machineRows } from './machine-rows.ts';
import { stoppedRows } from './stopped-rows.ts';
import { vendorRows } from './vendor-rows.ts';
import type { Row } from './verdict.ts';

export const ROWS: readonly Row[] = [...killRows, ...vendorRows, ...machineRows, ...stoppedRows];
