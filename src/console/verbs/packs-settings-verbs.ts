// `emisar-console packs auto-trust|retention|cleanup`: what happens to packs by itself.
import type { Command } from 'commander';
import {
  cleanUpPacks,
  getPackAutoTrust,
  getPackRetention,
  retentionDays,
  setPackAutoTrust,
  setPackRetention,
  type PackCleanup,
} from '../../protocol/api/pack-settings.ts';
import { AutoTrust } from '../../protocol/pack-trust.ts';
import type { z } from 'zod';
import { UsageError } from './confirmation.ts';
import { oneOf } from './flag-values.ts';
import { addVerb, type VerbContext, type VerbRunner } from './verb.ts';

type CleanedVersion = z.output<typeof PackCleanup>['versions'][number];

const autoTrustWords: Record<AutoTrust, string> = {
  first: 'the first version of each pack, if it is published',
  catalogue: 'every published version that nobody decided on',
  never: 'none',
};

export function addPackSettingsVerbs(parent: Command, runner: VerbRunner): void {
  addVerb(parent, runner, {
    usage: 'auto-trust [setting]',
    summary: `what is trusted by itself at first sight: ${AutoTrust.options.join(', ')}`,
    examples: ['packs auto-trust', 'packs auto-trust never', 'packs auto-trust catalogue --yes'],
    run: autoTrust,
  });
  addVerb(parent, runner, {
    usage: 'retention [days]',
    summary: `after how many days an unseen version is forgotten: ${retentionDays.join(', ')} or off`,
    examples: ['packs retention', 'packs retention 30 --yes', 'packs retention off'],
    run: retention,
  });
  addVerb<{ readonly dryRun?: boolean }>(parent, runner, {
    usage: 'cleanup',
    summary: 'forget unseen versions now, as the daily sweep would',
    examples: ['packs cleanup --dry-run', 'packs cleanup --yes'],
    flags: (command) => command.option('--dry-run', 'only say which would go'),
    run: cleanUp,
  });
}

async function autoTrust(context: VerbContext, _options: object, wanted?: string): Promise<void> {
  const { call, print } = context;
  if (wanted === undefined) {
    const now = await call(getPackAutoTrust);
    return print.outcome(now, sentenceOf(now.pack_auto_trust));
  }
  const setting = oneOf(wanted, 'the setting', AutoTrust.options);
  // Letting more in without a person is worth a question; letting less in is not.
  if (setting === 'catalogue')
    await context.confirm({
      consequence: `Trusted at first sight from now on: ${autoTrustWords[setting]}`,
      typedName: null,
    });
  const after = await call(setPackAutoTrust, { body: { pack_auto_trust: setting } });
  return print.outcome(after, sentenceOf(after.pack_auto_trust));
}

function sentenceOf(setting: AutoTrust): string {
  return `${setting}: trusted at first sight is ${autoTrustWords[setting]}`;
}

async function retention(context: VerbContext, _options: object, wanted?: string): Promise<void> {
  const { call, print } = context;
  if (wanted === undefined) {
    const now = await call(getPackRetention);
    return print.outcome(now, retentionSentence(now.days));
  }
  const days = daysOf(wanted);
  if (days !== null)
    await context.confirm({
      consequence: `Versions that no runner shows for ${days} days are forgotten, trust included`,
      typedName: null,
    });
  const after = await call(setPackRetention, { body: { days } });
  return print.outcome(after, retentionSentence(after.days));
}

function daysOf(wanted: string): (typeof retentionDays)[number] | null {
  if (wanted === 'off') return null;
  const days = retentionDays.find((offered) => String(offered) === wanted);
  if (days !== undefined) return days;
  throw new UsageError(`Cannot read the days: choose one of ${retentionDays.join(', ')}, or off`);
}

function retentionSentence(days: number | null): string {
  return days === null
    ? 'off: versions are kept however long nobody shows them'
    : `versions that no runner shows for ${days} days are forgotten`;
}

async function cleanUp(
  context: VerbContext,
  { dryRun = false }: { readonly dryRun?: boolean },
): Promise<void> {
  const { call, print } = context;
  const planned = await call(cleanUpPacks, { body: { dry_run: true } });
  if (planned.days === null) context.remark('Nothing goes: no period is set, see `packs retention`');
  const many = planned.versions.length;
  if (!dryRun && many > 0)
    await context.confirm({
      consequence: `${many} unseen versions are forgotten, trust included`,
      typedName: null,
    });
  const done = dryRun ? planned : await call(cleanUpPacks, { body: { dry_run: false } });
  await print.list<CleanedVersion>(
    done.versions,
    [
      { title: 'PACK', value: (version) => `${version.pack_id}@${version.version}` },
      { title: 'ID', value: (version) => version.id },
    ],
    done,
  );
}
