// The number both ends of the runner wire must name, and the operator API's version prefix.
// History: 1 (2026-11-25) the first and only wire protocol.

/** Wire protocol between runner and control plane; every known frame carries it (SPEC WP1). */
export const PROTOCOL_VERSION = 1;

/** Path prefix of the operator API. */
export const API_PREFIX = '/api/v1';

/** Header by which a runner of ours says how it takes being disabled (SPEC RE2). */
export const CAPABILITIES_HEADER = 'emisar-capabilities';
export const EXIT_ON_DISABLE = 'exit-on-disable';
