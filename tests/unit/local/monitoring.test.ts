import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { channelOf } from "../../../components/catalogue/contacts";
import { mailServer, monitoringProblems } from "../../../components/local/monitoringOptions";
import { type LocalOptions, localOptions } from "../../../components/local/options";
import { renderWeb } from "../../../components/local/provider/config/monitoring/access";
import {
  alertmanagerSecrets,
  relayConfig,
  renderAlertmanager,
} from "../../../components/local/provider/config/monitoring/alertmanager";
import { renderPrometheus } from "../../../components/local/provider/config/monitoring/prometheus";
import { watcherConfig } from "../../../components/local/provider/config/monitoring/watcher";
import { memberNames, memberPorts, monitoringPorts, paths } from "../../../components/local/provider/place";
import { parseConfiguration } from "../../../components/spec/config";
import { place, sqlName } from "./support/places";

const members = fc.integer({ min: 1, max: 9 }).map(memberNames);
/** What a token in an address may be made of, and nothing else in a file may be. */
const token = fc.stringMatching(/^[A-Za-z0-9]{24}$/);
const contact = fc.oneof(
  token.map((one) => `https://hooks.example.com/${one}`),
  token.map((one) => `https://hooks.slack.com/services/${one}`),
  token.map((one) => `https://oapi.dingtalk.com/robot/send?access_token=${one}`),
  token.map((one) => `${one}@example.com`),
  token.map((one) => `mailto:${one}@example.com`),
);
const contacts = fc.uniqueArray(contact, { maxLength: 8 });
const tokenOf = (one: string): string => /[A-Za-z0-9]{24}/.exec(one)?.[0] ?? "";
const mail = { host: "smtp.example.com", port: 587, from: "a@example.com", requireTls: true };

interface Receiver {
  readonly name: string;
  readonly email_configs: { readonly to: string; readonly send_resolved: boolean }[];
  readonly webhook_configs: { readonly url?: string; readonly url_file?: string; readonly send_resolved: boolean }[];
  readonly slack_configs: { readonly api_url_file: string; readonly send_resolved: boolean }[];
}

describe("a contact", () => {
  it.each([
    ["ada@example.com", { channel: "mail", address: "ada@example.com" }],
    ["mailto:ada@example.com", { channel: "mail", address: "ada@example.com" }],
    ["https://hooks.slack.com/services/T/B/x", { channel: "slack" }],
    ["https://hooks.slack.com.example.com/services", { channel: "webhook" }],
    ["https://oapi.dingtalk.com/robot/send?access_token=x", { channel: "dingTalk" }],
    ["https://notdingtalk.com/robot", { channel: "webhook" }],
    ["https://example.com/dingtalk.com/", { channel: "webhook" }],
  ])("is reached as its address says: %s", (address, found) => {
    expect(channelOf(address)).toMatchObject(found);
  });
});

describe("Alertmanager's configuration", () => {
  it("tells every contact once, and when it is over, and shows no token: those lie in files of their own", () => {
    fc.assert(
      fc.property(place, contacts, (at, asked) => {
        const options = { contacts: asked, mail, interval: 15 };
        const text = renderAlertmanager(at, options);
        const [receiver, ...others] = (parse(text) as { receivers: Receiver[] }).receivers;
        expect(others).toEqual([]);
        const { email_configs, webhook_configs, slack_configs } = receiver as Receiver;
        const all = [...email_configs, ...webhook_configs, ...slack_configs];
        expect(all).toHaveLength(asked.length);
        for (const { send_resolved } of all) expect(send_resolved).toBe(true);
        const secrets = alertmanagerSecrets(options);
        const robots =
          (relayConfig(at, asked, undefined) as { robots: Record<string, string> } | undefined)?.robots ?? {};
        for (const one of asked.filter((address) => channelOf(address).channel !== "mail")) {
          expect(text).not.toContain(tokenOf(one));
          expect([...Object.values(secrets), ...Object.values(robots)].filter((kept) => kept === one)).toHaveLength(1);
        }
        // Each file and each robot is that of the contact it stands for.
        const secretOf = (file: string | undefined) => secrets[file?.split("/").pop() ?? ""];
        for (const { api_url_file } of slack_configs) expect(secretOf(api_url_file)).toMatch(/slack\.com/);
        for (const { url, url_file } of webhook_configs) {
          const known = url === undefined ? secretOf(url_file) : robots[new URL(url).pathname];
          expect(known).toMatch(url === undefined ? /hooks\.example\.com/ : /dingtalk\.com/);
        }
      }),
    );
  });

  it("keeps the mail server's password in a file", () => {
    const given = {
      contacts: ["ada@example.com"],
      mail: { ...mail, username: "me", password: "s3cret-word" },
      interval: 15,
    };
    fc.assert(
      fc.property(place, (at) => {
        const { global } = parse(renderAlertmanager(at, given)) as { global: Record<string, unknown> };
        expect(JSON.stringify(global)).not.toContain("s3cret-word");
        expect(global).toMatchObject({ smtp_smarthost: "smtp.example.com:587", smtp_require_tls: true });
        const file = String(global.smtp_auth_password_file).split("/").pop() ?? "";
        expect(alertmanagerSecrets(given)[file]).toBe("s3cret-word");
      }),
    );
  });
});

describe("Prometheus's configuration", () => {
  interface Job {
    readonly job_name: string;
    readonly scheme: string;
    readonly tls_config: Record<string, string>;
    readonly static_configs: { readonly targets: string[]; readonly labels?: Record<string, string> }[];
  }

  it("asks every member, the watcher, the balancer and the machine, on loopback, over TLS, by its certificate", () => {
    fc.assert(
      fc.property(place, members, sqlName, fc.integer({ min: 1, max: 15 }), (at, names, database, interval) => {
        const config = parse(renderPrometheus(at, { members: names, interval, database })) as {
          global: Record<string, unknown>;
          scrape_configs: Job[];
          alerting: { alertmanagers: Job[] };
        };
        expect(config.global).toMatchObject({ scrape_interval: `${interval}s`, evaluation_interval: `${interval}s` });
        const own = `${at.folder}/tls/monitor`;
        for (const job of [...config.scrape_configs, ...config.alerting.alertmanagers]) {
          expect(job.scheme).toBe("https");
          expect(job.tls_config).toMatchObject({ ca_file: `${at.folder}/tls/ca.crt`, cert_file: `${own}.crt` });
          expect(job.tls_config).not.toHaveProperty("insecure_skip_verify");
          for (const { targets } of job.static_configs)
            for (const one of targets) expect(one).toMatch(/^127\.0\.0\.1:/);
        }
        const job = (name: string) => config.scrape_configs.find(({ job_name }) => job_name === name) as Job;
        const ports = monitoringPorts(at.ports);
        for (const [name, port] of [
          ["watcher", ports.watcher],
          ["balancer", ports.watcher],
          ["machine", ports.nodeExporter],
        ]) {
          expect(job(String(name)).static_configs).toEqual([{ targets: [`127.0.0.1:${port}`] }]);
        }
        expect(job("patroni").static_configs).toEqual(
          names.map((member) => ({
            targets: [`127.0.0.1:${memberPorts(at.ports, member).patroni}`],
            labels: { member },
          })),
        );
        for (const [index, { labels }] of job("postgresql").static_configs.entries()) {
          const member = names[index] ?? "";
          const target = new URL(labels?.__param_target ?? "");
          expect([labels?.member, decodeURIComponent(target.pathname)]).toEqual([member, `/${database}`]);
          expect(Object.fromEntries(target.searchParams)).toMatchObject({
            host: paths(at.folder).member(member).socket,
            port: String(memberPorts(at.ports, member).postgres),
            user: "monitor",
          });
        }
      }),
    );
  });

  it("gives the watcher less time than Prometheus waits", () => {
    fc.assert(
      fc.property(place, members, fc.integer({ min: 1, max: 15 }), (at, names, interval) => {
        const { patience } = watcherConfig(at, names, interval) as { patience: number };
        const { global } = parse(renderPrometheus(at, { members: names, interval, database: "d" })) as {
          global: { scrape_timeout: string };
        };
        // Members, then poolers.
        expect(2 * patience).toBeLessThan(Number.parseFloat(global.scrape_timeout));
      }),
    );
  });

  it("is open, as all of the monitoring is, to certificates of the cluster's authority alone", () => {
    fc.assert(
      fc.property(place, (at) => {
        expect(parse(renderWeb(at))).toEqual({
          tls_server_config: {
            cert_file: `${at.folder}/tls/server.crt`,
            key_file: `${at.folder}/tls/server.key`,
            client_ca_file: `${at.folder}/tls/ca.crt`,
            client_auth_type: "RequireAndVerifyClientCert",
          },
        });
      }),
    );
  });
});

describe("the options of monitoring", () => {
  const optionsOf = (monitoring: Readonly<Record<string, unknown>>) =>
    parseConfiguration<LocalOptions>(
      { vendor: "local", local: { monitoring } },
      { project: "license-db", stack: "local", vendorOptions: { local: localOptions } },
    ).options.monitoring;

  it("leave all to itself where nobody says anything", () => {
    const plain = optionsOf({});
    expect(plain).toMatchObject({ interval: 15, retention: 15 * 86_400, storage: 2 ** 30 });
    expect(plain).not.toHaveProperty("enabled");
    expect(mailServer(plain)).toBeUndefined();
    expect(monitoringProblems(plain, ["https://example.com/hook"])).toEqual([]);
  });

  it("name who takes the mail, under a sender of that host", () => {
    const given = optionsOf({ mail: { host: "smtp.example.com" } });
    expect(mailServer(given)).toMatchObject({
      host: "smtp.example.com",
      port: 587,
      from: "license-db@smtp.example.com",
    });
    expect(monitoringProblems(given, ["ada@example.com"])).toEqual([]);
  });

  it.each<[string, Record<string, unknown>, string[], RegExp]>([
    [
      "mail without a server",
      {},
      ["ada@example.com"],
      /an e-mail address, and local\.monitoring\.mail\.host names no server/,
    ],
    ["a user without a password", { mail: { host: "h", username: "u" } }, [], /only one of username and password/],
    [
      "a password in plain text",
      { mail: { host: "h", username: "u", password: "p", requireTls: false } },
      [],
      /requireTls is false/,
    ],
  ])("are refused: %s", (_, monitoring, told, words) => {
    expect(monitoringProblems(optionsOf(monitoring), told)).toEqual([expect.stringMatching(words)]);
  });

  it("ask for no mail server where nothing is watched", () => {
    expect(monitoringProblems(optionsOf({ enabled: false }), ["ada@example.com"])).toEqual([]);
  });

  it.each([
    [{ interval: "1m" }, /interval/],
    [{ interval: "0" }, /interval/],
    [{ retention: "1h" }, /retention/],
    [{ storage: "1MB" }, /storage/],
    [{ mail: { host: "a b" } }, /mail\.host/],
    [{ trustedCa: "relative.pem" }, /trustedCa/],
    [{ enabled: "maybe" }, /enabled/],
  ])("take no %j", (monitoring, words) => {
    expect(() => optionsOf(monitoring)).toThrow(words);
  });
});
