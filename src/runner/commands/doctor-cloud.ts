// Whether this host reaches its control plane, agrees with it on the time, and was not turned away by it.
import { readFileSync } from 'node:fs';
import { guarded, type Check } from '../../doctor/report.ts';
import { neutralise } from '../../protocol/neutralise.ts';
import type { Clock } from '../clock.ts';
import type { RunnerConfig } from '../config-file.ts';
import { cloudAddress } from '../link/address.ts';
import { sendCall } from '../link/http-call.ts';
import { causeOf } from '../link/registration.ts';
import { readTerminalShutdown } from '../link/terminal-shutdown.ts';

const ANSWER_WITHIN_MS = 5_000;
const CLOCKS_MAY_DIFFER_MS = 300_000;
const DAY_MS = 86_400_000;

export function checkCloud(config: RunnerConfig, clock: Clock): Promise<Check> {
  return guarded('cloud', async () => {
    const { cloud, paths } = config;
    if (cloud.url === '') return { status: 'fail', detail: 'cloud.url is not set, nor is EMISAR_URL' };
    const { register } = cloudAddress(cloud.url, cloud.allowInsecure);
    const ended = await recentEnd(paths.dataDir, clock.now());
    if (ended !== null) return { status: 'fail', detail: ended };
    const answer = await ask(new URL('/', register), cloud.caFile);
    if ('because' in answer)
      return { status: 'fail', detail: `${register.origin} is unreachable: ${answer.because}` };
    const apartMs = answer.at === null ? 0 : Math.abs(clock.now() - answer.at);
    if (apartMs > CLOCKS_MAY_DIFFER_MS)
      return {
        status: 'warn',
        detail: `${register.origin} answers, but its clock differs by ${Math.round(apartMs / 1_000)} s`,
      };
    return { status: 'ok', detail: `${register.origin} answers` };
  });
}

async function recentEnd(dataDir: string, now: number): Promise<string | null> {
  const end = await readTerminalShutdown(dataDir).catch(() => null);
  const ageMs = end === null ? -1 : now - end.at;
  return end !== null && ageMs >= 0 && ageMs <= DAY_MS ? neutralise(`${end.reason}: ${end.sentence}`) : null;
}

async function ask(
  url: URL,
  caFile: string | null,
): Promise<{ readonly at: number | null } | { readonly because: string }> {
  const ca = caFile === null ? {} : { ca: readFileSync(caFile, 'utf8') };
  try {
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
    const answer = await sendCall(url, { method: 'HEAD', ...ca, signal });
    answer.resume();
    const at = Date.parse(answer.headers.date ?? '');
    return { at: Number.isNaN(at) ? null : at };
  } catch (error) {
    return { because: causeOf(error) };
  }
}
