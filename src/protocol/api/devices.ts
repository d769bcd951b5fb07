// A device without a token: it shows a code, somebody signed in types that code, and the device gets a token of theirs.
import { z } from 'zod';
import { Instant, Secret, route } from './route.ts';

/** How long a device waits for its approval, and how often it asks. */
export const DEVICE_VALID_MS = 15 * 60_000;
export const DEVICE_ASKS_EVERY_MS = 2_000;

export const Device = z.object({
  id: z.string(),
  /** As the device calls itself, mostly its host name. */
  name: z.string(),
  address: z.string().nullable(),
  requested_at: Instant,
  expires_at: Instant,
});
export type Device = z.infer<typeof Device>;

/** Without a token: anybody may ask, and gets nothing by it. */
export const requestDevice = route({
  method: 'POST',
  path: '/auth/device',
  permission: null,
  summary: 'Codes for a device that wants to sign in: one to show, one to ask with',
  refusals: ['account_disabled'],
  body: z.object({ name: z.string().trim().min(1).max(80) }),
  output: z.object({ user_code: Secret, device_code: Secret, expires_at: Instant }),
  status: 201,
});
/** Without a token: the device code is the proof. */
export const claimDeviceToken = route({
  method: 'POST',
  path: '/auth/token',
  permission: null,
  summary: 'The token of an approved device, once; until then `secret` is null',
  body: z.object({ device_code: z.string().min(1).max(128) }),
  refusals: ['device_code_invalid', 'device_denied'],
  output: z.object({ secret: Secret.nullable() }),
});

export const listDevices = route({
  method: 'GET',
  path: '/devices',
  permission: 'tokens.own',
  summary: 'Devices that wait for somebody to type their code; the codes are on the devices alone',
  output: z.object({ items: z.array(Device) }),
});

const UserCode = z.object({
  /** Case and dashes do not count. */
  user_code: z.string().trim().min(1).max(32),
  /** The device that was looked at: the code of another one is then not found. */
  device_id: z.string().min(1).max(128).optional(),
});
export const approveDevice = route({
  method: 'POST',
  path: '/devices/approve',
  permission: 'tokens.own',
  summary: 'Signs the device with this code in as the caller, reaching no more than the token in use',
  refusals: ['rate_limited'],
  body: UserCode,
  output: Device,
});
export const denyDevice = route({
  method: 'POST',
  path: '/devices/deny',
  permission: 'tokens.own',
  summary: 'Sends the device with this code away',
  refusals: ['rate_limited'],
  body: UserCode,
  output: Device,
});
