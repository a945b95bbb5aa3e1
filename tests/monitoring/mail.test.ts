import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mailServer } from "../../components/local/monitoringOptions";
import { type LocalOptions, localOptions } from "../../components/local/options";
import { monitoringPaths } from "../../components/local/provider/config/monitoring/files";
import { alertRules } from "../../components/local/provider/config/monitoring/rules";
import { makeFolder, writeOwned } from "../../components/local/provider/host/files";
import {
  monitoringFiles,
  monitoringPrograms,
  monitoringSecrets,
} from "../../components/local/provider/host/monitoring";
import { issue, newAuthority } from "../../components/local/provider/host/tls";
import { waitFor } from "../../components/local/provider/host/wait";
import { activeAlerts } from "../../components/local/provider/host/watching";
import { certificatePaths, monitoringPorts, type Place, paths } from "../../components/local/provider/place";
import type { MonitoringInputs } from "../../components/local/provider/resources/monitoring";
import { runUser } from "../../components/local/tools";
import { parseConfiguration } from "../../components/spec/config";
import { freePort } from "../local/support/ports";
import { MailServer } from "./support/mailServer";

const CONTACT = "ada@example.com";
const PASSWORD = 'a pass\'word: with "quotes"';

// Alertmanager itself, as the supervisor would start it; Prometheus is played.
describe("an alert, told by mail", () => {
  let folder: string;
  let place: Place;
  let server: MailServer;
  let alertmanager: ChildProcess;
  let said = "";

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "ldb-mail-"));
    chmodSync(folder, 0o755);
    server = await MailServer.listen("license-db", PASSWORD);
    place = await placeIn(folder);
    const trustedCa = join(folder, "mail-ca.pem");
    writeFileSync(trustedCa, server.authority);
    const options = parseConfiguration<LocalOptions>(
      {
        vendor: "local",
        alerts: { contacts: [CONTACT] },
        local: {
          monitoring: {
            interval: "1s",
            trustedCa,
            mail: { host: "127.0.0.1", port: server.port, username: "license-db", password: PASSWORD },
          },
        },
      },
      { project: "license-db", stack: "local", vendorOptions: { local: localOptions } },
    ).options.monitoring;
    const mail = mailServer(options);
    if (mail === undefined) throw new Error("no mail server");
    alertmanager = await start({
      place,
      members: ["member-1"],
      database: "license_management",
      required: true,
      ...options,
      thresholds: {},
      contacts: [CONTACT],
      mail,
    });
    const ready = async () => (await activeAlerts(place)).length === 0;
    await waitFor(ready, { timeout: 60_000, what: "Alertmanager", evidence: async () => said });
  });
  afterAll(async () => {
    alertmanager?.kill("SIGKILL");
    await server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function start(news: MonitoringInputs): Promise<ChildProcess> {
    const at = monitoringPaths(place.folder);
    const authority = await newAuthority("cluster", 1);
    for (const one of [paths(place.folder).tls, at.alertmanagerData, at.secrets, at.trust]) await makeFolder(one);
    for (const name of ["server", "monitor"] as const) {
      const { ca, cert, key } = certificatePaths(place.folder, name);
      const issued = await issue(authority, name, ["localhost", "127.0.0.1"], 1);
      for (const [file, text] of [
        [ca, authority.cert],
        [cert, issued.cert],
        [key, issued.key],
      ] as const)
        await writeOwned(file, text);
    }
    const files = { ...(await monitoringFiles(news)), ...monitoringSecrets(news) };
    for (const [file, text] of Object.entries(files)) await writeOwned(file, text);
    const program = (await monitoringPrograms(news)).find(({ name }) => name === "alertmanager");
    const [command = "", ...args] = program?.command ?? [];
    const { drop, uid, gid } = runUser();
    const child = spawn(command, args, {
      cwd: "/",
      env: program?.environment ?? {},
      stdio: ["ignore", "ignore", "pipe"],
      ...(drop ? { uid, gid } : {}),
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    return child;
  }

  /** As Prometheus hands an alert over: again and again while it lasts, and with its end once it is over. */
  function post(alert: object): Promise<number> {
    const { ca, cert, key } = certificatePaths(place.folder, "monitor");
    const own = { ca: readFileSync(ca), cert: readFileSync(cert), key: readFileSync(key) };
    const to = { host: "127.0.0.1", port: monitoringPorts(place.ports).alertmanager, path: "/api/v2/alerts" };
    const headers = { "Content-Type": "application/json" };
    return new Promise((resolve, reject) => {
      const call = request({ ...to, ...own, method: "POST", headers, agent: false }, (response) => {
        response.resume().on("end", () => resolve(response.statusCode ?? 0));
      });
      call.on("error", reject);
      call.end(JSON.stringify([alert]));
    });
  }

  it("reaches a person once, with what to do, and once more when it is over", async () => {
    const rule = alertRules({}, 1).find(({ alert }) => alert === "noPrimary");
    const summary = "time without a member that takes writes: 40 s; more than 30 s.";
    const alert = {
      labels: { ...rule?.labels, alertname: "noPrimary", cluster: place.name },
      annotations: { ...rule?.annotations, summary },
      startsAt: new Date().toISOString(),
    };
    const subjects = () => server.received.map(({ mail }) => mail.subject);
    const patience = { timeout: 60_000 };
    const firing = `FIRING: ${rule?.annotations.title} (${place.name}, critical)`;

    expect(await post(alert)).toBe(200);
    await expect.poll(subjects, { ...patience, message: said }).toEqual([firing]);
    // Two rounds of the group's interval: that it goes on is no news.
    for (let round = 0; round < 4; round++) {
      await sleep(1_000);
      await post(alert);
    }
    expect(subjects()).toEqual([firing]);
    await post({ ...alert, endsAt: new Date().toISOString() });
    await expect.poll(subjects, patience).toEqual([firing, firing.replace("FIRING", "RESOLVED")]);

    for (const one of server.received) {
      expect(one).toMatchObject({ to: [CONTACT], from: "license-db@127.0.0.1", user: "license-db", secure: true });
      expect(one.mail.to).toMatchObject([{ address: CONTACT }]);
      for (const body of [one.mail.text, one.mail.html]) {
        expect(body).toContain(summary);
        expect(body).toContain(rule?.annotations.runbook);
      }
    }
  });
});

/** Where a cluster would be; nothing of it but Alertmanager listens. */
async function placeIn(folder: string): Promise<Place> {
  const other = { writer: 1, reader: 1, balancedWriter: 1, balancedReader: 1, etcdPeer: 1, postgres: 1, patroni: 1 };
  const at = (etcdClient: number): Place => ({
    folder: join(folder, "cluster"),
    backupFolder: join(folder, "backups"),
    clusterId: "0123abcd",
    name: "license-db-local",
    ports: { ...other, etcdClient },
  });
  return at(100 + (await freePort()) - monitoringPorts(at(100).ports).alertmanager);
}
