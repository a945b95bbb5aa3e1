import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { passwordAge, passwordDayProblem } from "../../../components/alicloud/passwordAge";
import { problemsOf } from "./support/configured";
import { isMarked, members } from "./support/members";

const ACCOUNT = "alicloud:rds/rdsAccount:RdsAccount";
const PASSWORD = "random:index/randomPassword:RandomPassword";
const DATABASE = "alicloud:rds/database:Database";
const PRIVILEGE = "alicloud:rds/accountPrivilege:AccountPrivilege";
const FUNCTION = "alicloud:fc/v3Function:V3Function";
const TIMER = "alicloud:fc/v3Trigger:V3Trigger";
const KMS_SECRET = "alicloud:kms/secret:Secret";

describe("accounts", () => {
  it("are a privileged one and the application's, with passwords as RDS takes them", async () => {
    const { one, made } = await members("prod");
    expect(one(ACCOUNT, "administrator").inputs).toMatchObject({ accountName: "license_admin", accountType: "Super" });
    expect(one(ACCOUNT, "application").inputs).toMatchObject({ accountName: "license_app", accountType: "Normal" });
    const passwords = made.filter(({ type }) => type === PASSWORD);
    expect(passwords).toHaveLength(2);
    for (const { inputs } of passwords) {
      expect(inputs).toMatchObject({ length: 32, minUpper: 4, minLower: 4, minNumeric: 4, minSpecial: 2 });
      expect([..."!@#$%^&*()_+-="]).toEqual(expect.arrayContaining([...String(inputs.overrideSpecial)]));
      expect(inputs).not.toHaveProperty("keepers");
    }
  });

  it("wait for each other and for the readers: a busy instance takes no order", async () => {
    const { one } = await members("prod");
    expect(one(ACCOUNT, "administrator").after).toEqual(expect.arrayContaining(["license-db-prod-reader-2"]));
    expect(one(ACCOUNT, "application").after).toContain("license-db-prod-administrator");
    expect(one(DATABASE).after).toContain("license-db-prod-application");
    expect(one(PRIVILEGE).after).toContain("license-db-prod-database");
    expect(one(FUNCTION).after).toContain("license-db-prod-application");
  });

  it("and the rows of the database outlive a mistake in the configuration", async () => {
    const { one } = await members("prod");
    expect(one(DATABASE)).toMatchObject({
      protect: true,
      retain: true,
      inputs: { dataBaseName: "license_management", characterSet: "UTF8,C,en_US.utf8" },
    });
    expect(one(PRIVILEGE)).toMatchObject({
      retain: true,
      inputs: { privilege: "DBOwner", dbNames: ["license_management"] },
    });
    for (const name of ["administrator", "application"])
      expect(one(ACCOUNT, name)).toMatchObject({
        protect: true,
        retain: true,
        ignored: ["accountDescription", "description"],
      });
  });

  it("get other passwords with another day", async () => {
    const { made } = await members("prod", { alicloud: { encryption: { passwordsSince: "2026-01-02" } } });
    for (const { inputs } of made.filter(({ type }) => type === PASSWORD))
      expect(inputs.keepers).toEqual({ passwordsSince: "2026-01-02" });
  });

  it("have no password in plain state", async () => {
    const { secrets } = await members("prod");
    const outputs = [secrets.administrator.password, ...Object.values(secrets.outputs)];
    for (const output of outputs)
      expect(await (output as unknown as { isSecret: Promise<boolean> }).isSecret).toBe(true);
  });
});

describe("the function that sets the database up", () => {
  it("is inside the VPC, knows its password as a secret, and runs by itself", async () => {
    const { one } = await members("prod");
    const setUp = one(FUNCTION);
    expect(setUp.inputs).toMatchObject({
      runtime: "nodejs20",
      handler: "index.handler",
      internetAccess: false,
      vpcConfig: { securityGroupId: expect.any(String), vpcId: expect.any(String) },
      // Nobody waits for its answer.
      logConfig: { logstore: "functions" },
    });
    expect(isMarked(setUp.sent.environmentVariables)).toBe(true);
    expect(setUp.secretOutputs).toContain("environmentVariables");
    const { triggerType, triggerConfig } = one(TIMER).inputs;
    expect(triggerType).toBe("timer");
    expect(JSON.parse(String(triggerConfig))).toMatchObject({ cronExpression: "@every 5m", enable: true });
  });
});

describe("with a KMS instance", () => {
  const raw = { alicloud: { encryption: { kmsInstanceId: "kst-hzz65f176a0ogplgq0000" } } };

  it("KMS rotates the application's password, and the output names its secret", async () => {
    const { one, secrets } = await members("prod", raw);
    const secret = one(KMS_SECRET);
    expect(secret.inputs).toMatchObject({
      secretType: "Rds",
      dkmsInstanceId: "kst-hzz65f176a0ogplgq0000",
      enableAutomaticRotation: true,
      rotationInterval: `${90 * 86_400}s`,
      recoveryWindowInDays: 30,
    });
    expect(JSON.parse(String(secret.inputs.extendedConfig))).toMatchObject({ SecretSubType: "SingleUser" });
    expect(isMarked(secret.sent.secretData)).toBe(true);
    expect(secret).toMatchObject({ protect: true, ignored: ["secretData", "versionId"] });
    expect(Object.keys(secrets.outputs)).toEqual(["passwordSecret"]);
  });

  it("and without one the password itself is the output", async () => {
    const { made, secrets } = await members("prod");
    expect(made.filter(({ type }) => type === KMS_SECRET)).toEqual([]);
    expect(Object.keys(secrets.outputs)).toEqual(["password"]);
  });
});

describe("the age of the passwords", () => {
  const spec = { encryption: { atRest: true, keyRotation: 1, passwordRotation: 90 * 86_400 } };
  const at = (passwordsSince: string | undefined, now: string) =>
    passwordAge(spec, { encryption: passwordsSince === undefined ? {} : { passwordsSince } }, new Date(now));

  it("is told from the day they are due on", () => {
    expect(at("2026-01-01", "2026-03-31T23:59:59Z")).toEqual([]);
    const [due] = at("2026-01-01", "2026-04-01T00:00:00Z");
    expect(due).toMatch(/90 days old.*every 90.*passwordsSince to 2026-04-01/);
    expect(at(undefined, "2026-04-01T00:00:00Z")[0]).toMatch(/not known.*passwordsSince to 2026-04-01/);
  });

  it("is never due on the day of the change", () => {
    fc.assert(
      fc.property(fc.date({ min: new Date("2020-01-01"), max: new Date("2099-01-01"), noInvalidDate: true }), (now) => {
        const today = now.toISOString().slice(0, 10);
        expect(at(today, now.toISOString())).toEqual([]);
        expect(passwordDayProblem({ encryption: { passwordsSince: today } }, now)).toBeUndefined();
      }),
    );
  });

  it("needs a day there is and that has come", () => {
    const of = (passwordsSince: string) => problemsOf("prod", { alicloud: { encryption: { passwordsSince } } });
    expect(of("2026-01-14")).toEqual([]);
    expect(of("2026-02-31")[0]).toMatch(/no such day.*2026-01-15/);
    expect(of("2026-02-01")[0]).toMatch(/not come/);
    expect(() => of("yesterday")).toThrow(/a day/);
  });
});

it("an application does not have the privileged account's name", () => {
  expect(problemsOf("prod", { access: { username: "license_admin" } })[0]).toMatch(/access\.username.*choose another/);
});

it("passwords whose age is not known are spoken of when the stack comes up", async () => {
  expect((await members("prod")).warnings).toEqual([expect.stringMatching(/age.*is not known/)]);
});
