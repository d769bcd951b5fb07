// Thousands of runners as one process: real registrations and sockets, nothing behind them. Child of a
// benchmark: takes `URL KEY COUNT`, says `ready`, then does what each message asks.
import WebSocket from 'ws';

interface Simulated {
  readonly name: string;
  readonly socket: WebSocket;
  generation: number;
}

const [url = '', key = '', countText = '0'] = process.argv.slice(2);
const count = Number(countText);
const runners: Simulated[] = [];

async function register(name: string): Promise<string> {
  const response = await fetch(`${url}/runner/register`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ external_id: name, hostname: name, group: groupOf(name), version: '1.0.0' }),
  });
  const body = (await response.json()) as { token?: string };
  if (body.token === undefined) throw new Error(`cannot register ${name}: ${response.status}`);
  return body.token;
}

function groupOf(name: string): string {
  return `group-${Number(name.slice(-5)) % 20}`;
}

async function connect(name: string): Promise<Simulated> {
  const token = await register(name);
  const socket = new WebSocket(`${url.replace('http', 'ws')}/runner/socket/websocket`, {
    headers: { authorization: `Bearer ${token}` },
    perMessageDeflate: false,
  });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const runner = { name, socket, generation: 0 };
  sendState(runner);
  return runner;
}

function sendState({ name, socket, generation }: Simulated): void {
  const facts = {
    version: '1.0.0',
    hostname: name,
    group: groupOf(name),
    labels: { turn: String(generation) },
  };
  socket.send(
    JSON.stringify({ type: 'runner_state', protocol_version: 1, ...facts, packs: {}, actions: [] }),
  );
}

function beat({ socket }: Simulated): void {
  const time = new Date().toISOString();
  socket.send(JSON.stringify({ type: 'heartbeat', protocol_version: 1, time, action_load: 0 }));
}

const lanes = 32;
await Promise.all(
  Array.from({ length: lanes }, async (_, lane) => {
    for (let index = lane; index < count; index += lanes) {
      runners.push(await connect(`host-${String(index).padStart(5, '0')}`));
    }
  }),
);

// Each runner beats every 30 seconds, spread evenly; a state that changes is an event for every viewer.
let nextBeat = 0;
let turn = 0;
let nextChange = 0;
let changesPerSecond = 0;
const TICK_MS = 50;
setInterval(() => {
  const beats = (runners.length * TICK_MS) / 30_000;
  for (nextBeat += beats; nextBeat >= 1; nextBeat -= 1) {
    turn = (turn + 1) % runners.length;
    const runner = runners[turn];
    if (runner) beat(runner);
  }
  for (nextChange += (changesPerSecond * TICK_MS) / 1000; nextChange >= 1; nextChange -= 1) {
    const runner = runners[Math.floor(Math.random() * runners.length)];
    if (!runner) continue;
    runner.generation += 1;
    sendState(runner);
  }
}, TICK_MS);
process.on('message', (message: { changesPerSecond: number }) => {
  ({ changesPerSecond } = message);
});
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
