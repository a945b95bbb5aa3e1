import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type LocalOptions, localOptions } from "../../../components/local/options";
import { etcdCommand } from "../../../components/local/provider/config/etcd";
import { guardConfig } from "../../../components/local/provider/config/guard";
import { renderHaproxy } from "../../../components/local/provider/config/haproxy";
import { MIGRATION_ROLE, renderPatroni } from "../../../components/local/provider/config/patroni";
import { type RepositoryTarget, renderPgbackrest } from "../../../components/local/provider/config/pgbackrest";
import { renderPgbouncer, renderPoolerHba } from "../../../components/local/provider/config/pgbouncer";
import { routerConfig } from "../../../components/local/provider/config/router";
import { schedulerConfig } from "../../../components/local/provider/config/scheduler";
import { renderProgram, renderSupervisord } from "../../../components/local/provider/config/supervisord";
import {
  DIRECT_SOURCE,
  memberNames,
  memberPorts,
  memberSocket,
  paths,
  routeSocket,
  routes,
} from "../../../components/local/provider/place";
import { absolutePath, repositoryTarget } from "../../../components/local/repositories";
import { parseConfiguration } from "../../../components/spec/config";
import {
  parseHaproxy,
  parseIni,
  pgbackrest,
  pgbouncer,
  supervisord,
  supervisordEnvironment,
  supervisordWords,
} from "./support/parsers";
import { cidrs, folder, place, sqlName } from "./support/places";

// What is configured must come out of a program's configuration as it went in, and must never say anything else there.

const reading = { timeZone: "UTC" };
const members = fc.integer({ min: 1, max: 9 }).map(memberNames);
/** A program's path or argument: what people call their folders, but for ; and # (see PLAIN_PATH). */
const argument = fc.string({
  unit: fc.constantFrom(..."aZ0-_./=:,@+~ %\"'\\é日"),
  minLength: 1,
  maxLength: 20,
});

describe("folders that may be configured", () => {
  it("are those that every program reads as they are", () => {
    fc.assert(
      fc.property(folder, (path) => {
        expect(absolutePath.parse(path, reading)).toEqual({ ok: true, value: path });
      }),
    );
  });

  it.each([..." \t\n,;#$%`\"'\\*?[]{}()<>|&!^\0\u007f\u00a0\u2028"].map((letter) => [JSON.stringify(letter), letter]))(
    "are not those with %s",
    (_, letter) => {
      for (const path of [`/srv/a${letter}b`, `/srv/${letter}`, `/${letter}/a`]) {
        expect(absolutePath.parse(path, reading)).toMatchObject({ ok: false });
      }
    },
  );

  it.each(["", "srv", "./srv", "../srv", "~/srv"])("are not %j, which is not absolute", (path) => {
    expect(absolutePath.parse(path, reading)).toMatchObject({ ok: false });
  });
});

describe("PgBouncer's configuration", () => {
  const options = fc.record({
    database: sqlName,
    members,
    listen: fc.constantFrom(["127.0.0.1"], ["0.0.0.0"]),
    serverConnections: fc.integer({ min: 1, max: 10_000 }),
    clientConnections: fc.integer({ min: 1, max: 100_000 }),
  });

  it("says the same whatever the names are", () => {
    const reference = parseIni(renderPgbouncer(fc.sample(place, 1)[0] as never, "writer", sample(options)), pgbouncer);
    fc.assert(
      fc.property(place, options, fc.constantFrom("writer" as const, "reader" as const), (at, asked, role) => {
        const { databases = {}, pgbouncer: own = {} } = parseIni(renderPgbouncer(at, role, asked), pgbouncer);
        expect(Object.keys(databases)).toEqual([asked.database]);
        const target: Record<string, string> = Object.fromEntries(
          (databases[asked.database] ?? "").split(" ").map((pair) => pair.split(/=(.*)/s)),
        );
        expect(target).toMatchObject({ dbname: asked.database, auth_user: "pgbouncer" });
        expect((target.host ?? "").split(",").map((route) => `${route}/.s.PGSQL.${target.port}`)).toEqual(
          routes(asked.members.length)[role].map((route) => routeSocket(at, route)),
        );
        expect(Object.keys(own)).toEqual(Object.keys(reference.pgbouncer ?? {}));
        expect(own).toMatchObject({
          listen_addr: asked.listen.join(","),
          listen_port: String(at.ports[role]),
          auth_hba_file: paths(at.folder).poolerHba,
          default_pool_size: String(asked.serverConnections),
          max_client_conn: String(asked.clientConnections),
          pool_mode: "transaction",
          client_tls_sslmode: "require",
        });
        expect(own.client_tls_key_file).toBe(`${at.folder}/tls/server.key`);
      }),
    );
  });

  it("lets in over TLS only, with a password, one role into one database, from the listed blocks", () => {
    fc.assert(
      fc.property(sqlName, sqlName, cidrs, (database, username, blocks) => {
        const rows = renderPoolerHba(database, username, blocks).trimEnd().split("\n");
        const rest = ["scram-sha-256"];
        const expected = ["127.0.0.1/32", "::1/128", ...blocks].map((block) =>
          ["hostssl", database, username, block, ...rest].join(" "),
        );
        expect(rows).toEqual(expected);
      }),
    );
  });
});

describe("the router's configuration", () => {
  it("has each member's socket and Patroni, and each pooler's", () => {
    fc.assert(
      fc.property(place, members, sqlName, folder, (at, names, database, psql) => {
        const read = JSON.parse(routerConfig(at, names, database, psql));
        expect(read).toMatchObject({ psql, ca: `${at.folder}/tls/ca.crt` });
        expect(read.members).toEqual(
          names.map((name) => ({
            name,
            data: paths(at.folder).member(name).data,
            socket: memberSocket(at, name),
            patroni: memberPorts(at.ports, name).patroni,
          })),
        );
        // Where the poolers themselves say that they take orders.
        const options = { database, members: names, listen: [], serverConnections: 1, clientConnections: 1 };
        for (const role of ["writer", "reader"] as const) {
          const { databases, pgbouncer: own } = parseIni(renderPgbouncer(at, role, options), pgbouncer);
          const { unix_socket_dir, listen_port } = own ?? {};
          expect(read.poolers[role]).toEqual({ folder: unix_socket_dir, port: Number(listen_port), database });
          expect(Object.keys(databases ?? {})).toEqual([database]);
        }
        for (const route of Object.values(routes(names.length)).flat()) {
          expect(routeSocket(at, route)).toBe(`${read.routes}/${route}/.s.PGSQL.${read.port}`);
        }
      }),
    );
  });
});

describe("HAProxy's configuration", () => {
  const balanced = fc.record({
    members,
    listen: fc.constantFrom(["127.0.0.1"], ["0.0.0.0"]),
    cidrs,
    clientConnections: fc.integer({ min: 1, max: 100_000 }),
  });

  it("has each member once as a primary, once as a replica and once as a stand-in, checked over verified TLS", () => {
    fc.assert(
      fc.property(place, balanced, (at, asked) => {
        const { members: names, clientConnections } = asked;
        const sections = parseHaproxy(renderHaproxy(at, asked));
        const servers = (section: string) => (sections[section] ?? []).filter(([word]) => word === "server");
        const address = (name: string) => `127.0.0.1:${memberPorts(at.ports, name).postgres}`;
        expect(servers("backend primary").map(([, ...words]) => words.slice(0, 2))).toEqual(
          names.map((name) => [name, address(name)]),
        );
        expect(servers("backend replicas").map(([, ...words]) => words.slice(0, 2))).toEqual([
          ...names.map((name) => [name, address(name)]),
          ...names.map((name) => [`${name}-as-primary`, address(name)]),
        ]);
        for (const [index, words] of servers("backend primary").entries()) {
          const behind = (word: string) => words[words.indexOf(word) + 1];
          expect(behind("port")).toBe(String(memberPorts(at.ports, names[index] ?? "").patroni));
          expect([behind("verify"), behind("ca-file")]).toEqual(["required", `${at.folder}/tls/ca.crt`]);
        }
        const standIns = servers("backend replicas").slice(names.length);
        expect(standIns.map((words) => words.slice(-3))).toEqual(
          names.map((name) => ["backup", "track", `primary/${name}`]),
        );
        expect(Object.keys(sections)).toEqual([
          "global",
          "defaults",
          "frontend writer",
          "backend primary",
          "frontend reader",
          "backend replicas",
          "frontend figures",
        ]);
        expect((sections.global ?? []).find(([word]) => word === "maxconn")).toEqual([
          "maxconn",
          String(clientConnections),
        ]);
      }),
    );
  });

  it("lets in whom the members let in, and comes to them from an address of its own", () => {
    fc.assert(
      fc.property(place, balanced, (at, asked) => {
        const sections = parseHaproxy(renderHaproxy(at, asked));
        const ports = { writer: at.ports.balancedWriter, reader: at.ports.balancedReader };
        for (const [name, port] of Object.entries(ports)) {
          const lines = (sections[`frontend ${name}`] ?? []).map((words) => words.join(" "));
          expect(lines.filter((line) => line.startsWith("bind "))).toEqual(
            asked.listen.map((address) => `bind ${address}:${port}`),
          );
          expect(lines.filter((line) => line.startsWith("acl "))).toEqual(
            ["127.0.0.0/8", ...asked.cidrs].map((block) => `acl let_in src ${block}`),
          );
          expect(lines).toContain("tcp-request connection reject unless let_in");
        }
        const servers = (section: string) =>
          (sections[section] ?? []).filter(([word]) => word === "server").map((words) => words.slice(2, 5).join(" "));
        const own = asked.members.map(
          (name) => `127.0.0.1:${memberPorts(at.ports, name).postgres} source ${DIRECT_SOURCE}`,
        );
        expect(servers("backend primary")).toEqual(own);
        expect(servers("backend replicas")).toEqual([...own, ...own]);
      }),
    );
  });
});

describe("pgBackRest's configuration", () => {
  const word = fc.string({ unit: fc.constantFrom(..."aZ09_.@+-"), minLength: 1, maxLength: 20 });
  const host = fc.string({ unit: fc.constantFrom(..."aZ09.-"), minLength: 1, maxLength: 20 });
  // Keys and pass phrases of every printable letter there is.
  const key = fc.string({
    unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
    minLength: 1,
  });
  const fingerprint = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes));
  const target: fc.Arbitrary<RepositoryTarget> = fc.oneof(
    fc.record({ type: fc.constant("posix" as const), path: folder }),
    fc.record({
      type: fc.constant("s3" as const),
      path: folder,
      bucket: word,
      endpoint: fc
        .tuple(host, fc.option(fc.integer({ min: 1, max: 65_535 })))
        .map(([name, port]) => (port ? `${name}:${port}` : name)),
      region: word,
      accessKey: key,
      secretKey: key,
      caFile: folder,
      uriStyle: fc.constantFrom("host" as const, "path" as const),
    }),
    fc.record({
      type: fc.constant("sftp" as const),
      path: folder,
      host: word,
      port: fc.integer({ min: 1, max: 65_535 }),
      user: word,
      privateKeyFile: folder,
      hostFingerprint: fingerprint.map((bytes) => bytes.toString("base64").replace("=", "")),
    }),
  );

  it("is of what the configuration takes: each generated repository is read as it is written", () => {
    fc.assert(
      fc.property(target, (wanted) => {
        const { type, ...rest } = wanted;
        const daily = type === "posix" ? { folder: rest.path } : { [type]: rest };
        const { options } = parseConfiguration<LocalOptions>(
          { vendor: "local", local: { repositories: { daily } } },
          { project: "license-db", stack: "local", vendorOptions: { local: localOptions } },
        );
        expect(repositoryTarget(options.repositories.daily)).toEqual(wanted);
      }),
    );
  });

  it("gives both repositories back as they were asked for, and each member once", () => {
    const days = fc.integer({ min: 0, max: 3_650 });
    const inputs = fc.record({
      members,
      retention: days,
      archiveRetention: days,
      daily: target,
      archive: target,
      cipherPass: key,
    });
    fc.assert(
      fc.property(place, inputs, (at, asked) => {
        const { global = {}, ...stanzas } = parseIni(renderPgbackrest(at, asked), pgbackrest);
        expect(Object.keys(stanzas)).toEqual([at.name]);
        expect(global).toMatchObject(settings(1, asked.daily));
        expect(global).toMatchObject({ "repo1-cipher-pass": asked.cipherPass, "repo1-cipher-type": "aes-256-cbc" });
        expect(global["repo1-retention-full"]).toBe(String(asked.retention));
        const second = Object.keys(global).filter((name) => name.startsWith("repo2-"));
        if (asked.archiveRetention === 0) expect(second).toEqual([]);
        else {
          expect(global).toMatchObject(settings(2, asked.archive));
          expect(global).toMatchObject({ "repo2-cipher-pass": asked.cipherPass, "repo2-cipher-type": "aes-256-cbc" });
          expect(global["repo2-retention-full"]).toBe(String(asked.archiveRetention));
        }
        const stanza = stanzas[at.name] ?? {};
        expect(Object.keys(stanza)).toHaveLength(4 * asked.members.length);
        for (const [index, member] of asked.members.entries()) {
          const { data, socket } = paths(at.folder).member(member);
          expect(stanza).toMatchObject({
            [`pg${index + 1}-path`]: data,
            [`pg${index + 1}-port`]: String(memberPorts(at.ports, member).postgres),
            [`pg${index + 1}-socket-path`]: socket,
          });
        }
      }),
    );
  });

  /** By pgBackRest's own names, from its manual. */
  function settings(number: number, repository: RepositoryTarget): Record<string, string> {
    const own = (): Record<string, string> => {
      switch (repository.type) {
        case "posix":
          return {};
        case "s3": {
          const [name = "", port] = repository.endpoint.split(":");
          return {
            "s3-bucket": repository.bucket,
            "s3-endpoint": name,
            ...(port ? { "storage-port": port } : {}),
            "s3-region": repository.region,
            "s3-key": repository.accessKey,
            "s3-key-secret": repository.secretKey,
            "s3-uri-style": repository.uriStyle,
            "storage-ca-file": repository.caFile ?? "",
          };
        }
        case "sftp":
          return {
            "sftp-host": repository.host,
            "sftp-host-port": String(repository.port),
            "sftp-host-user": repository.user,
            "sftp-private-key-file": repository.privateKeyFile,
            "sftp-host-fingerprint": Buffer.from(repository.hostFingerprint, "base64").toString("hex"),
          };
      }
    };
    const all = { type: repository.type, path: repository.path, ...own() };
    return Object.fromEntries(Object.entries(all).map(([name, value]) => [`repo${number}-${name}`, value]));
  }
});

describe("supervisord's configuration", () => {
  const value = argument.map((text) => text.replaceAll(/["']/g, ""));
  const environment = fc.dictionary(fc.stringMatching(/^[A-Z_]{1,10}$/), value, { maxKeys: 4, noNullPrototype: true });

  it("starts exactly the program and the arguments it is given, in exactly that environment", () => {
    const program = fc.record({
      name: fc.constantFrom("haproxy", "member-1", "pgbouncer-writer"),
      command: fc.array(argument, { minLength: 1, maxLength: 6 }),
      environment,
      priority: fc.integer({ min: 1, max: 999 }),
      stopWait: fc.integer({ min: 1, max: 300 }),
    });
    fc.assert(
      fc.property(program, folder, (asked, log) => {
        const sections = parseIni(renderProgram(asked, log), supervisord);
        expect(Object.keys(sections)).toEqual([`program:${asked.name}`]);
        const own = sections[`program:${asked.name}`] ?? {};
        expect(supervisordWords(own.command ?? "")).toEqual(asked.command);
        expect(supervisordEnvironment(own.environment ?? "")).toEqual(asked.environment);
        expect(own).toMatchObject({ priority: String(asked.priority), stopwaitsecs: String(asked.stopWait) });
        expect(own.stdout_logfile).toBe(`${log}/${asked.name}.log`);
      }),
    );
  });

  it.each(['a"b', "a'b"])("refuses what supervisord cannot read in an environment: %s", (text) => {
    const program = { name: "x", command: ["/x"], environment: { HOME: text }, priority: 1, stopWait: 1 };
    expect(() => renderProgram(program, "/log")).toThrow(/HOME.*no quotes/);
  });

  it("keeps its socket to its own user, in its own folder", () => {
    fc.assert(
      fc.property(folder, folder, folder, environment, (own, log, programs, variables) => {
        const sections = parseIni(
          renderSupervisord({ folder: own, log, programs, environment: variables }),
          supervisord,
        );
        expect(sections.unix_http_server).toEqual({ file: `${own}/supervisord.sock`, chmod: "0700" });
        expect(sections.supervisorctl).toEqual({ serverurl: `unix://${own}/supervisord.sock` });
        expect(sections.include).toEqual({ files: `${programs}/*.conf` });
        expect(sections.supervisord).toMatchObject({ umask: "077", childlogdir: log });
        // Its own environment is expanded twice.
        const line = (sections.supervisord?.environment ?? "").replaceAll("%%", "%");
        expect(supervisordEnvironment(line)).toEqual(variables);
        expect(Object.keys(sections)).not.toContain("inet_http_server");
      }),
    );
  });
});

describe("Patroni's configuration", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 30 });
  const options = fc.record({
    listen: fc.constantFrom("127.0.0.1", "0.0.0.0"),
    database: sqlName,
    username: sqlName,
    cidrs,
    postgresBin: folder,
    operators: fc.array(fc.constantFrom("postgres", "root", "me"), { minLength: 1 }),
    locale: fc.constantFrom("C.UTF-8", "en_US.UTF-8"),
  });
  const dynamic = fc.record({
    synchronous: fc.boolean(),
    parameters: fc.dictionary(fc.constantFrom("work_mem", "log_line_prefix", "search_path"), text),
  });

  it("passes every parameter on as it is, and lets in only what it should", () => {
    fc.assert(
      fc.property(place, dynamic, options, (at, shared, own) => {
        const read = parse(renderPatroni(at, "member-2", shared, own), { version: "1.1" }); // as Patroni reads it
        expect(read.bootstrap.dcs.postgresql.parameters).toEqual(shared.parameters);
        expect(read.bootstrap.dcs).toMatchObject({ synchronous_mode: shared.synchronous, failsafe_mode: true });
        expect(read.postgresql.data_dir).toBe(paths(at.folder).member("member-2").data);
        expect(read.postgresql.listen).toBe(`${own.listen}:${memberPorts(at.ports, "member-2").postgres}`);
        const rows = (read.postgresql.pg_hba as string[]).map((row) => row.split(" "));
        // Over the network only TLS, and nobody without a password or a certificate.
        for (const [type, , , , ...how] of rows.filter(([kind]) => kind !== "local")) {
          expect(type).toBe("hostssl");
          expect(["cert", "scram-sha-256"]).toContain(how[0]);
        }
        const local = rows.filter(([kind]) => kind === "local");
        expect(local.map(([, database, role, how]) => [database, role, how])).toEqual([
          ["all", "postgres", "peer"],
          ["all", "monitor", "peer"],
          [own.database, "pgbouncer", "peer"],
          [own.database, own.username, "scram-sha-256"],
        ]);
        const application = rows.filter(([, , role]) => role === own.username);
        expect(application.every(([, database]) => database === own.database)).toBe(true);
        const remote = application.filter(([type]) => type === "hostssl");
        expect(remote.map(([, , , block]) => block)).toEqual(["127.0.0.1/32", `${DIRECT_SOURCE}/32`, ...own.cidrs]);
        // Whom the balancer passes on is the application, a migration's role while there is one, and nobody else.
        const passedOn = rows.filter(([, , , block]) => block === `${DIRECT_SOURCE}/32`);
        expect(passedOn.map(([, database, role]) => [database, role])).toEqual([
          [own.database, own.username],
          [own.database, MIGRATION_ROLE],
        ]);
      }),
    );
  });
});

describe("what is JSON, or no text at all", () => {
  it("says the same", () => {
    fc.assert(
      fc.property(place, members, folder, (at, names, binary) => {
        expect(JSON.parse(guardConfig(at, names)).members.map(({ name }: { name: string }) => name)).toEqual(names);
        const scheduler = JSON.parse(
          schedulerConfig(at, {
            pgbackrest: binary,
            dailyAt: "01:00",
            timeZone: "UTC",
            archiveRetention: 0,
            postgres: {},
          }),
        );
        expect(scheduler).toMatchObject({
          stanza: at.name,
          pgbackrest: [binary, `--config=${at.folder}/pgbackrest.conf`],
          monthly: null,
        });
        const [program, ...args] = etcdCommand(at, binary);
        expect(program).toBe(binary);
        expect(args).toEqual(expect.arrayContaining([`--data-dir=${at.folder}/etcd`, "--client-cert-auth"]));
        const listens = args.filter((arg) => arg.startsWith("--listen-"));
        expect(listens.every((arg) => /=https:\/\/127\.0\.0\.1:\d+$/.test(arg))).toBe(true);
        expect(listens).toHaveLength(2);
      }),
    );
  });
});

function sample<T>(arbitrary: fc.Arbitrary<T>): T {
  return fc.sample(arbitrary, 1)[0] as T;
}
