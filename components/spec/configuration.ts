/** Every key of `license-db:`, as data. */

import { type ProfileName, profileNames } from "../../stacks";
import { type Alert, type AlertUnit, alerts } from "../catalogue/alerts";
import { canonicalValue, findParameter, nearestParameter, ownerOf } from "../catalogue/parameters";
import { seed } from "./defaults";
import {
  addProblem,
  type EntryReader,
  type Field,
  field,
  group,
  type Kind,
  list,
  map,
  type OptionFields,
  refuse,
} from "./fields";
import { boolean, cidr, duration, integer, oneOf, orNone, port, size, text, timeWindow, timeZone } from "./kinds";
import { databaseTakenBy, roleTakenBy } from "./names";
import { bad, good } from "./parsed";
import { notShown } from "./problems";
import type { AlertThreshold, Engine, Major, ParameterValue, Spec, VendorName } from "./spec";
import { asText, formatDuration } from "./units";

/** What the fields are read into: the spec, but for what is not configured. */
export type Configuration = Omit<Spec, "name" | "environment" | "profile" | "engine"> & {
  readonly engine: Omit<Engine, "major">;
  /** Which environment's defaults a stack with a name of its own takes. */
  readonly environment?: ProfileName;
};

export const vendorNames = ["aws", "alicloud", "local"] as const satisfies readonly VendorName[];

const GB = 1024 ** 3;
const day = 86_400;

/** R1, R19: each major version with the first minor version that is taken. R1 names 15.4. */
const firstMinor: Readonly<Record<Major, number>> = { 15: 4, 16: 0, 17: 0 };
const majors = [15, 16, 17] as const satisfies readonly Major[];

/** "15.10" -> 15. */
export const majorOf = (version: string): Major | undefined =>
  majors.find((major) => String(major) === version.split(".")[0]);

/** A bare `version: 15.10` in YAML arrives as 15.1, so what looks too old may only lack its quotes. */
const engineVersion: Kind<string> = {
  type: "version",
  allowed: '"15" (the newest minor version there is), or a minor version from "15.4" on; 16 and 17 after an upgrade',
  parse(value) {
    const version = asText(value);
    const minor = /^\d+(?:\.(\d{1,2}))?$/.exec(version);
    const major = minor ? majorOf(version) : undefined;
    if (major !== undefined && Number(minor?.[1] ?? firstMinor[major]) >= firstMinor[major]) return good(version);
    if (major !== undefined && typeof value === "number")
      return bad(engineVersion.allowed, "Put the version in quotes.", `${version}0`);
    return bad(engineVersion.allowed, "Write a version of PostgreSQL 15.", "15");
  },
};

/** R19. A bare `16` in YAML arrives as a number. */
const upgradeTarget: Kind<Major> = {
  type: "version",
  allowed: '"16" or "17"',
  parse(value) {
    const major = majors.find((one) => String(one) === asText(value));
    return major === undefined || major === 15
      ? bad(upgradeTarget.allowed, "Write the major version alone: minor versions need no announcement.")
      : good(major);
  },
};

const identifier = "1 to 63 of a-z, 0-9 and _, a letter first";
const identifierShape = /^[a-z][a-z0-9_]{0,62}$/;

const databaseName = text({
  type: "database name",
  shape: identifierShape,
  allowed: identifier,
  mend: `Write ${identifier}.`,
  taken: databaseTakenBy,
});

const roleName = text({
  type: "role name",
  shape: identifierShape,
  allowed: identifier,
  mend: `Write ${identifier}.`,
  taken: roleTakenBy,
});

const securityGroup = text({
  type: "security group id",
  shape: /^sg-[a-z0-9]{1,40}$/,
  allowed: 'the id of a security group, such as "sg-0123456789abcdef0"',
  mend: "Write the group's id, not its name.",
});

/** Addresses carry tokens (webhooks), so no message shows one. */
const contact = text({
  type: "contact",
  shape: /^(?:mailto:)?[^\s@:/]+@[^\s@:/]+\.[^\s@:/]+$|^https:\/\/[^\s/@]+(?:\/\S*)?$/,
  allowed: "an e-mail address, or a webhook that starts with https://",
  mend: "Write an e-mail address or an https:// address without a user name in it.",
});

/** What every vendor's tags allow. */
const tagKey = /^(?!aws:|acs:|aliyun)[\p{L}\p{N}][\p{L}\p{N} _.:/=+@-]{0,127}$/iu;
const tagValue = /^[\p{L}\p{N} _.:/=+@-]{0,128}$/u;
const tags: EntryReader<string> = {
  type: "map",
  allowed:
    "names of 1 to 128 letters (not starting with aws:, acs: or aliyun), values of at most 128; letters, digits, spaces and _.:/=+@-",
  read(key, value, place) {
    if (!tagKey.test(key)) addProblem(place, undefined, { allowed: tags.allowed, mend: "Change the tag's name." });
    else if (typeof value === "object" || !tagValue.test(String(value))) {
      refuse(place, value, { allowed: tags.allowed, mend: "Change the tag's value." }, namesSecret(key));
    } else return [key, String(value)];
    return undefined;
  },
};

const parameters: EntryReader<ParameterValue> = {
  type: "map",
  allowed: "parameters of PostgreSQL 15, each with a value the server takes",
  read(key, value, place, mine) {
    const parameter = findParameter(key);
    if (!parameter) {
      const near = nearestParameter(key);
      const mend = near === undefined ? "Remove it: PostgreSQL 15 has no such parameter." : `Did you mean ${near}?`;
      const fault = { allowed: parameters.allowed, mend };
      addProblem(place, notShown, near === undefined ? fault : { ...fault, nearest: near });
      return undefined;
    }
    const canonical = canonicalValue(parameter, value);
    // What the platform sets may be written down too, as long as it says the same.
    const owner =
      mine && !(canonical.ok && canonical.value === seedFigures[parameter.name]) ? ownerOf(parameter) : undefined;
    if (owner?.owner === "platform") {
      const allowed = `nothing: the platform owns ${parameter.name}, as ${owner.why}`;
      refuse(place, value, { allowed, mend: owner.instead }, namesSecret(key));
      return undefined;
    }
    if (canonical.ok) return [parameter.name, canonical.value];
    refuse(place, value, canonical);
    return undefined;
  },
};
const seedFigures: Readonly<Record<string, string>> = seed.parameters;

/** "80", "80%", "30s", by the alert's own unit. */
function thresholdKind(unit: AlertUnit): Kind<number> {
  if (unit === "s") return duration({ min: 0, max: 30 * day });
  const whole = integer({ min: 0, max: unit === "%" ? 100 : 1000 });
  if (unit === "") return { ...whole, type: "count" };
  const allowed = "a percentage from 0 to 100, such as 80";
  return {
    type: "percentage",
    allowed,
    parse(value) {
      const number = /^\d+(\.\d+)?\s*%?$/.test(asText(value)) ? Number.parseFloat(asText(value)) : Number.NaN;
      return number <= 100 ? good(number) : bad(allowed, "Write such a percentage.");
    },
  };
}

function threshold({ unit, threshold: { above, for: time }, title, requirement }: Alert): Field<AlertThreshold> {
  return group<AlertThreshold>(
    {
      above: field(thresholdKind(unit), {
        doc: "It fires above this.",
        default: unit === "s" ? formatDuration(above) : above,
      }),
      for: field(duration({ min: 0, max: day }), {
        doc: "... for this long; 0: at once.",
        default: formatDuration(time),
      }),
    },
    { doc: `${title}.`, requirement },
  );
}

/** The fields of vendors' own sections, as far as the vendors are loaded. */
export type VendorSections = Readonly<Partial<Record<VendorName, Readonly<Record<string, Field<unknown>>>>>>;

/** The fields of the whole configuration; a vendor that is not in `sections` may have a section, which is not read. */
export function configurationFields(
  sections: VendorSections,
): OptionFields<Configuration & Record<VendorName, unknown>> {
  const section = (vendor: VendorName): Field<unknown> => {
    const doc = `What only \`vendor: ${vendor}\` knows.`;
    const fields = sections[vendor];
    return fields ? group(fields, { doc }) : { doc, type: "object", allowed: "an object", read: () => undefined };
  };
  return {
    vendor: field(oneOf(...vendorNames), { doc: "Where the database lives.", requirement: "R20", example: "local" }),
    environment: field(oneOf(...profileNames), {
      doc: "Whose defaults a stack takes that is not called `local`, `dev` or `prod`. Without it: `prod`, the safest.",
      requirement: "R20",
      optional: true,
      example: "dev",
    }),
    engine: group<Configuration["engine"]>(
      {
        version: field(engineVersion, {
          doc: 'The version of PostgreSQL, in quotes. A minor version may be named; "15" takes the newest.',
          default: seed.engine.version,
          example: '"15"',
        }),
        upgradeTo: field(upgradeTarget, {
          doc: "Announces an upgrade to another major version. First this alone (`up`), then `version` as well (`up`); both stay.",
          requirement: "R19",
          optional: true,
          example: '"17"',
        }),
      },
      { doc: "The database engine.", requirement: "R1" },
    ),
    size: group<Spec["size"]>(
      {
        vcpu: field(integer({ min: 1, max: 192 }), { doc: "Virtual processors.", default: seed.size.vcpu }),
        memory: field(size({ min: GB, max: 1536 * GB }), {
          doc: "Memory. With less than 16GB the memory figures of `parameters` that nobody sets shrink along.",
          default: seed.size.memory,
          example: "16GB",
        }),
        storage: field(size({ min: 20 * GB, max: 65_536 * GB }), {
          doc: "Storage for data. It can grow later, never shrink.",
          default: seed.size.storage,
          example: "200GB",
        }),
      },
      { doc: "What each member has.", requirement: "R2" },
    ),
    replicas: field(integer({ min: 0, max: 8 }), {
      doc: "Readable replicas beside the primary.",
      requirement: "R3",
      default: seed.replicas,
    }),
    highAvailability: field(boolean, {
      doc: "A standby takes over by itself when the primary fails.",
      requirement: "R4",
      default: seed.highAvailability,
    }),
    synchronousReplication: field(boolean, {
      doc: "A commit is acknowledged only when a second member has it: a failover loses nothing.",
      requirement: "R4",
      default: seed.synchronousReplication,
    }),
    parameters: map(parameters, {
      doc: "PostgreSQL parameters, by name. Each is checked against the catalogue of PostgreSQL 15; those not set keep the defaults below.",
      requirement: "R6",
      example: "{ work_mem: 32MB }",
    }),
    access: group<Spec["access"]>(
      {
        database: field(databaseName, { doc: "The application's database.", default: seed.access.database }),
        username: field(roleName, { doc: "The application's role.", default: seed.access.username }),
        port: field(port, { doc: "The writer's port.", default: seed.access.port }),
        allowedCidrs: list(cidr, 50, {
          doc: "The networks that reach the port. None: this machine (`local`), or nobody but `allowedSecurityGroups` (clouds).",
          requirement: "R11",
          default: seed.access.allowedCidrs,
          example: '["10.0.0.0/16"]',
        }),
        allowedSecurityGroups: list(securityGroup, 20, {
          doc: "The security groups whose members reach the port.",
          requirement: "R11",
          default: seed.access.allowedSecurityGroups,
          example: '["sg-0123456789abcdef0"]',
        }),
      },
      { doc: "Who may connect, where, as whom.", requirement: "R10" },
    ),
    pool: group<Spec["pool"]>(
      {
        serverConnections: field(integer({ min: 1, max: 10_000 }), {
          doc: "Connections the pooler keeps to the server, on each of writer and reader.",
          requirement: "R5",
          default: seed.pool.serverConnections,
        }),
        clientConnections: field(integer({ min: 1, max: 100_000 }), {
          doc: "Connections the pooler takes from clients, on each of writer and reader.",
          requirement: "R5",
          default: seed.pool.clientConnections,
        }),
        application: group<Spec["pool"]["application"]>(
          {
            size: field(integer({ min: 1, max: 10_000 }), {
              doc: "Connections at most.",
              default: seed.pool.application.size,
            }),
            idleTimeout: field(orNone(duration({ min: 0.001, max: day })), {
              doc: "How long a connection may idle before it is closed.",
              default: seed.pool.application.idleTimeout,
            }),
            connectionTimeout: field(duration({ min: 0.001, max: 600 }), {
              doc: "How long to wait for a connection.",
              default: seed.pool.application.connectionTimeout,
            }),
          },
          { doc: "The pool inside each application process, as it is told to applications.", requirement: "R10" },
        ),
      },
      { doc: "Connection pools.", requirement: "R5" },
    ),
    backups: group<Spec["backups"]>(
      {
        retention: field(duration({ min: day, max: 730 * day, step: day }), {
          doc: "How long a daily full backup is kept.",
          default: seed.backups.retention,
          example: "15d",
        }),
        pointInTimeRecovery: field(duration({ min: day, max: 730 * day, step: day }), {
          doc: "How far back any point in time can be restored; at most `retention`.",
          default: seed.backups.pointInTimeRecovery,
          example: "7d",
        }),
        window: field(timeWindow(30), {
          doc: "When the daily backup is taken.",
          default: seed.backups.window,
          example: "01:00-02:00",
        }),
        archiveRetention: field(orNone(duration({ min: 30 * day, max: 3650 * day, step: day })), {
          doc: "How long the monthly archive is kept.",
          default: seed.backups.archiveRetention,
          example: "365d",
        }),
        recoveryPointObjective: field(duration({ min: 10, max: day }), {
          doc: "What a lost machine costs stays below this.",
          requirement: "R4",
          default: seed.backups.recoveryPointObjective,
          example: "5m",
        }),
        finalBackup: field(boolean, {
          doc: "Take a last backup before the database is deleted.",
          default: seed.backups.finalBackup,
        }),
      },
      { doc: "Backups: a full one every day, an archive every month.", requirement: "R14" },
    ),
    encryption: group<Spec["encryption"]>(
      {
        atRest: field(boolean, {
          doc: "Storage is encrypted with a key the customer owns.",
          requirement: "R12",
          default: seed.encryption.atRest,
        }),
        keyRotation: field(duration({ min: 90 * day, max: 730 * day, step: day }), {
          doc: "How often the storage key rotates.",
          requirement: "R12",
          default: seed.encryption.keyRotation,
        }),
        passwordRotation: field(duration({ min: day, max: 365 * day, step: day }), {
          doc: "How often the database passwords rotate.",
          requirement: "R13",
          default: seed.encryption.passwordRotation,
        }),
      },
      { doc: "Keys and their rotation. TLS is always on.", requirement: "R12" },
    ),
    alerts: group<Spec["alerts"]>(
      {
        contacts: list(contact, 50, {
          doc: "Who is told: e-mail addresses and https:// webhooks. A stack without one alerts nobody.",
          default: seed.alerts.contacts,
          secret: true,
        }),
        thresholds: group<Spec["alerts"]["thresholds"]>(
          Object.fromEntries(alerts.map((alert) => [alert.id, threshold(alert)])),
          { doc: "When each alert fires. What is not set keeps its default." },
        ),
      },
      { doc: "Alerts, and the people they reach.", requirement: "R16" },
    ),
    maintenance: group<Spec["maintenance"]>(
      {
        window: field(timeWindow(30), {
          doc: "When maintenance may happen.",
          default: seed.maintenance.window,
          example: "Sun 02:00-04:00 Asia/Shanghai",
        }),
        minorVersions: field(oneOf("automatic", "planned"), {
          doc: "`automatic`: the vendor applies minor versions in the window; `planned`: somebody does after review.",
          default: seed.maintenance.minorVersions,
        }),
      },
      { doc: "Maintenance.", requirement: "R17" },
    ),
    deletionProtection: field(boolean, {
      doc: "Refuse to delete the database.",
      default: seed.deletionProtection,
    }),
    timeZone: field(timeZone, {
      doc: "The stack's own time zone: windows and schedules are local to it.",
      requirement: "R17",
      default: seed.timeZone,
      example: "Asia/Shanghai",
    }),
    tags: map(tags, { doc: "Tags on every resource that takes tags.", example: "{ team: licensing }" }),
    local: section("local"),
    aws: section("aws"),
    alicloud: section("alicloud"),
  };
}

/** Values whose own name says that they may be secret are not shown. */
const namesSecret = (key: string): boolean => /pass|secret|token|key|credential/i.test(key);
