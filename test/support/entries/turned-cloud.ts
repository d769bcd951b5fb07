// The real control plane with a clock that a test turns over IPC. The shipped programs have no such switch.
import { systemRandom } from '../../../src/cloud/clock.ts';
import { startCloud } from '../../../src/cloud/cloud.ts';
import { createLog } from '../../../src/cloud/log.ts';
import { readNoticeConfig } from '../../../src/cloud/notice-config.ts';
import { createTurnedClock } from '../turned-clock.ts';

// The last is an authority of receivers on this machine: with it, notices may go to loopback.
const [dataDir = '', port = '0', now = '', noticesCa] = process.argv.slice(2);
const clock = createTurnedClock(Number(now) || Date.now());
const cloud = await startCloud({
  dataDir,
  databaseUrl: process.env.EMISAR_DATABASE_URL ?? null,
  ...(noticesCa !== undefined && {
    notices: readNoticeConfig({ noticesAllow: '127.0.0.0/8', noticesCa }, {}),
  }),
  clock,
  random: systemRandom,
  log: createLog('info', (line) => void process.stderr.write(line)),
  listen: { host: '127.0.0.1', port: Number(port) },
});
process.on('message', (message: { advance: number }) => {
  void clock.advance(message.advance).then(() => process.send?.({ advanced: clock.now() }));
});
process.on('SIGTERM', () => void cloud.stop().then(() => process.exit(0)));
process.stdout.write(`listening on ${cloud.url}\n`);
