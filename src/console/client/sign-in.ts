// Turns an address and a token into a profile, once the server there has said who the token speaks for.
import { claimDeviceToken, DEVICE_ASKS_EVERY_MS, requestDevice } from '../../protocol/api/devices.ts';
import { acceptInvitation } from '../../protocol/api/members.ts';
import { getMe, type Me } from '../../protocol/api/session.ts';
import { Refusal } from '../../protocol/errors.ts';
import { bounded } from '../../protocol/neutralise.ts';
import { pause, systemClock } from '../store/clock.ts';
import { controlPlaneUrl, hostOf } from './address.ts';
import { createApi, type ApiOptions } from './api.ts';
import type { Profile } from './profiles.ts';

const TOKEN = /^[\x21-\x7e]{1,256}$/;

/** The first operator token for an invitation code. Refuses `invitation_invalid`. */
export async function acceptCode(
  options: Omit<ApiOptions, 'token'> & { readonly code: string },
): Promise<string> {
  const url = controlPlaneUrl(options.url);
  const code = options.code.trim();
  if (!TOKEN.test(code)) throw new Refusal('invitation_invalid');
  const api = createApi({ ...options, url, token: '' });
  try {
    return (await api.call(acceptInvitation, { body: { code } })).secret;
  } finally {
    await api.close();
  }
}

/**
 * The token of this device once a signed-in member has typed the code that `show` is given. Refuses
 * `device_code_invalid` when nobody did in time, `device_denied`.
 */
export async function waitForApproval(
  options: Omit<ApiOptions, 'token'> & {
    readonly device: string;
    readonly show: (userCode: string) => void;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<string> {
  const { clock = systemClock, signal } = options;
  const api = createApi({ ...options, url: controlPlaneUrl(options.url), token: '' });
  try {
    const asked = await api.call(requestDevice, { body: { name: bounded(options.device, 80) } });
    options.show(asked.user_code);
    for (;;) {
      await pause(clock, DEVICE_ASKS_EVERY_MS, signal);
      if (signal?.aborted === true) throw new Refusal('device_code_invalid');
      const { secret } = await api.call(claimDeviceToken, { body: { device_code: asked.device_code } });
      if (secret !== null) return secret;
    }
  } finally {
    await api.close();
  }
}

/**
 * The name of the member that one would look as. Refuses with what the server says, `unavailable` when it does not
 * know how: whoever believes that nothing can be changed must be right.
 */
export async function nameLookedAs(options: ApiOptions & { readonly as: string }): Promise<string> {
  const api = createApi(options);
  try {
    const { acting_as: acting } = await api.call(getMe);
    if (acting === undefined)
      throw new Refusal('unavailable', 'Cannot look as another member: this control plane does not know how');
    return bounded(acting.name, 80);
  } finally {
    await api.close();
  }
}

export interface SignedIn {
  readonly profile: Profile;
  readonly me: Me;
}

/** Stores nothing. Refuses with what the server says, `not_emisar`, `unreachable` or `insecure_url`. */
export async function signIn(
  options: ApiOptions & { readonly name?: string | undefined },
): Promise<SignedIn> {
  const url = controlPlaneUrl(options.url);
  const token = options.token.trim();
  if (!TOKEN.test(token))
    throw new Refusal('token_missing', 'Cannot sign in: the token is empty or not one word');
  const api = createApi({ ...options, url, token });
  try {
    const me = await api.call(getMe);
    const account = bounded(me.account.name, 80);
    const name = options.name ?? `${account}@${hostOf(url)}`;
    return {
      me,
      profile: { name: bounded(name, 80), url, token, account, member: bounded(me.member.name, 80) },
    };
  } finally {
    await api.close();
  }
}
