import type { ClientEvent, Target } from "./events";
import type { Endpoint } from "./options";

export interface Login {
  /** Where it is not always the same: two roles take turns in some rotations. @default the option `username` */
  readonly username?: string;
  readonly password: string;
}

/** Where the password is to be had. */
export interface LoginSource {
  /** Asked before the first connection, when what it gave is `maxAge` old, and when a server refused that. */
  login(endpoint: Endpoint): Promise<Login> | Login;
  /** Milliseconds. @default 300000 */
  readonly maxAge?: number;
}

/** What a connection needs of secrets. */
export interface Access {
  readonly username: string;
  readonly password: string;
  readonly ca: string;
}

interface Sources {
  readonly endpoint: Endpoint;
  readonly target: Target;
  readonly username: string;
  readonly password: string | LoginSource;
  readonly caCertificate: () => string | Promise<string>;
  readonly onEvent: (event: ClientEvent) => void;
}

const MAX_AGE = 300_000;
/** Milliseconds between two questions to a store, however many connections are refused meanwhile. */
const LEAST_AGE = 500;

/** Password and CA of one server, as fresh as needed, asked for once however many wait. */
export class Logins {
  private access: Access | undefined;
  private fetched = 0;
  /** When it is to be asked again. */
  private due = 0;
  private asking: Promise<Access> | undefined;

  constructor(private readonly sources: Sources) {}

  /** What there is and not too old; otherwise ask. No promise on the way of every statement. */
  get fresh(): Access | undefined {
    return performance.now() < this.due ? this.access : undefined;
  }

  async ask(because: "age" | "refused" = "age"): Promise<Access> {
    const early = because === "refused" && performance.now() - this.fetched < LEAST_AGE;
    if (early && this.access) return this.access;
    this.asking ??= this.fetch(because).finally(() => {
      this.asking = undefined;
    });
    return this.asking;
  }

  /** A server took none of `used`. Asks anew, unless that has happened since. @returns whether it is another now. */
  async refused(used: Access): Promise<boolean> {
    const now = this.access === used ? await this.ask("refused") : (this.access ?? (await this.ask("refused")));
    return !same(now, used);
  }

  private async fetch(because: "age" | "refused"): Promise<Access> {
    const { endpoint, target, username, password, caCertificate, onEvent } = this.sources;
    const source: LoginSource = typeof password === "string" ? { login: () => ({ password }) } : password;
    try {
      const [login, ca] = await Promise.all([source.login(endpoint), caCertificate()]);
      const found: Access = { username: login.username ?? username, password: login.password, ca };
      const changed = this.access !== undefined && !same(found, this.access);
      onEvent({ kind: "login", target, because: this.access ? because : "first", changed });
      // The same object for the same answer: whoever was refused with it knows that nothing is new.
      if (!this.access || changed) this.access = found;
      this.fetched = performance.now();
      this.due = this.fetched + (source.maxAge ?? MAX_AGE);
      return this.access;
    } catch (error) {
      if (because === "refused" || !this.access) throw error;
      // A store that is down for a moment is no reason to stop: what it gave last may well be right.
      onEvent({ kind: "login failed", target, reason: error instanceof Error ? error.message : String(error) });
      this.due = performance.now() + 5_000;
      return this.access;
    }
  }
}

const same = (one: Access, other: Access): boolean =>
  one.username === other.username && one.password === other.password && one.ca === other.ca;
