import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import PostalMime, { type Email } from "postal-mime"; // reads MIME
import { SMTPServer } from "smtp-server";
import { issue, newAuthority } from "../../../components/local/provider/host/tls";

export interface Received {
  readonly from: string;
  readonly to: readonly string[];
  /** Who logged in, and whether all of it went over TLS. */
  readonly user: string;
  readonly secure: boolean;
  readonly mail: Email;
}

/** A mail server on this machine that wants TLS and a password, under an authority of its own. */
export class MailServer {
  private constructor(
    private readonly server: SMTPServer,
    readonly port: number,
    /** PEM of the authority that vouches for it. */
    readonly authority: string,
    /** What was handed to it, in the order it came. */
    readonly received: readonly Received[],
  ) {}

  static async listen(username: string, password: string): Promise<MailServer> {
    const ca = await newAuthority("mail", 1);
    const received: Received[] = [];
    // Without STARTTLS it takes neither a password nor a mail: that is how it is by itself.
    const server = new SMTPServer({
      ...(await issue(ca, "mail", ["127.0.0.1"], 1)),
      onAuth({ username: user, password: said }, _session, done) {
        if (user === username && said === password) done(null, { user });
        else done(new Error("no such account"));
      },
      onData(stream, { secure, user, envelope }, done) {
        const { mailFrom, rcptTo } = envelope;
        buffer(stream)
          .then((text) => PostalMime.parse(text))
          .then((mail) => {
            const from = mailFrom ? mailFrom.address : "";
            received.push({ from, to: rcptTo.map(({ address }) => address), user: String(user), secure, mail });
          })
          .then(() => done(), done);
      },
    });
    // Who breaks off is the business of whoever counts what came.
    server.on("error", () => {});
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    return new MailServer(server, (server.server.address() as AddressInfo).port, ca.cert, received);
  }

  close(): Promise<void> {
    return new Promise((closed) => this.server.close(closed));
  }
}
