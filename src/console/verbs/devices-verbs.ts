// `emisar-console devices …`: devices that show a code and wait for somebody to type it.
import type { Command } from 'commander';
import { approveDevice, denyDevice, listDevices, type Device } from '../../protocol/api/devices.ts';
import { shownInstant } from './print.ts';
import type { Column } from './table-text.ts';
import { addVerb, type VerbRunner } from './verb.ts';

const columns: Column<Device>[] = [
  { title: 'DEVICE', value: (device) => device.name },
  { title: 'ADDRESS', value: (device) => device.address ?? '' },
  { title: 'ASKED', value: (device) => shownInstant(device.requested_at) },
  { title: 'UNTIL', value: (device) => shownInstant(device.expires_at) },
];

export function addDevicesVerbs(program: Command, runner: VerbRunner): void {
  const parent = program.command('devices').description('devices that wait to be signed in');
  addVerb(parent, runner, {
    usage: 'list',
    summary: 'who waits, from where and since when; the code is shown by the device alone',
    examples: ['devices list', 'devices list --json'],
    async run({ call, print }) {
      const { items } = await call(listDevices);
      await print.list(items, columns);
    },
  });
  addVerb(parent, runner, {
    usage: 'approve <code>',
    summary: 'sign the device that shows this code in as yourself',
    examples: ['devices approve BCDF-GHJK --yes'],
    async run({ call, print, confirm }, _options, code) {
      const consequence = 'The device that shows this code can then do whatever you can do from here';
      await confirm({ consequence, typedName: null });
      const device = await call(approveDevice, { body: { user_code: code ?? '' } });
      await print.outcome(device, `${device.name} (${device.address ?? 'no address'}) is signed in as you`);
    },
  });
  addVerb(parent, runner, {
    usage: 'deny <code>',
    summary: 'send the device that shows this code away',
    examples: ['devices deny BCDF-GHJK'],
    async run({ call, print }, _options, code) {
      const device = await call(denyDevice, { body: { user_code: code ?? '' } });
      await print.outcome(device, `${device.name} is denied`);
    },
  });
}
