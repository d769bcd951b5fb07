// A bell among control planes on one store: it says that there is news, never what. Losing it costs latency alone,
// as everybody looks once a second without it.
import { Client } from 'pg';

export interface Bus {
  /** Something was committed: a bell at once, and then none for 50 ms, in which more of them become one. */
  ring(): void;
  start(hear: () => void): void;
  stop(): Promise<void>;
}

/** For who is alone. */
export const noBus: Bus = { ring: () => {}, start: () => {}, stop: async () => {} };

const CHANNEL = 'emisar_news';
const RUNG_EVERY_MS = 50;
const CONNECT_AGAIN_MS = 1_000;

/** PostgreSQL's LISTEN and NOTIFY, on a connection of its own and outside of every transaction of others. */
export function createPostgresBus(url: string): Bus {
  return new PostgresBus(url);
}

// Real time on purpose: how long a burst is gathered, or a connection waited for, is no rule that a test would turn.
class PostgresBus implements Bus {
  readonly #url: string;
  #client: Client | null = null;
  #hear: () => void = () => {};
  /** Since the last bell. */
  #quiet: NodeJS.Timeout | null = null;
  #isDue = false;
  #again: NodeJS.Timeout | null = null;
  #isStopped = false;

  constructor(url: string) {
    this.#url = url;
  }

  start(hear: () => void): void {
    this.#hear = hear;
    void this.#connect();
  }

  ring(): void {
    if (this.#quiet) {
      this.#isDue = true;
      return;
    }
    void this.#notify();
    this.#quiet = setTimeout(() => {
      this.#quiet = null;
      if (this.#isDue) this.ring();
    }, RUNG_EVERY_MS).unref();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#quiet) clearTimeout(this.#quiet);
    if (this.#again) clearTimeout(this.#again);
    if (this.#isDue) await this.#notify();
    await this.#client?.end().catch(() => {});
  }

  async #notify(): Promise<void> {
    this.#isDue = false;
    // Who is not told looks by themselves within a second.
    await this.#client?.query(`notify ${CHANNEL}`).catch(() => {});
  }

  async #connect(): Promise<void> {
    const client = new Client({
      connectionString: this.#url,
      application_name: 'emisar-cloud bus',
      keepAlive: true,
    });
    client.on('error', () => this.#lost(client));
    client.on('end', () => this.#lost(client));
    client.on('notification', () => this.#hear());
    try {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
      if (this.#isStopped) return await client.end();
      this.#client = client;
      this.#hear();
    } catch {
      this.#lost(client);
    }
  }

  #lost(client: Client): void {
    if (this.#client === client) this.#client = null;
    if (this.#isStopped || this.#again) return;
    this.#again = setTimeout(() => {
      this.#again = null;
      void this.#connect();
    }, CONNECT_AGAIN_MS).unref();
  }
}
