import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { conceal, hasUnknown, reveal } from "../../../components/provider/secrets";

const key = fc.stringMatching(/^[a-z]{1,8}$/);
const plain = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(key, tie("value"), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value;
const properties = fc.dictionary(key, plain, { maxKeys: 6, noNullPrototype: true });

describe("secrets of the engine", () => {
  it("come out as they went in", () => {
    fc.assert(
      fc.property(properties, fc.array(key), (values, extra) => {
        const names = [...Object.keys(values).slice(0, 2), ...extra];
        expect(reveal(conceal(values, names))).toEqual(values);
        expect(reveal(values)).toEqual(values);
      }),
    );
  });

  it("are the marked properties and no others, in the form the SDK itself uses", async () => {
    const { serializeProperties } = pulumi.runtime as unknown as {
      serializeProperties(label: string, values: object): Promise<object>;
    };
    await pulumi.runtime.setMocks({ call: ({ inputs }) => inputs, newResource: () => ({ id: "", state: {} }) });
    const values = { password: "secret", port: 5432, place: { folder: "/srv" } };
    expect(conceal(values, ["password"])).toEqual(
      await serializeProperties("", { ...values, password: pulumi.secret("secret") }),
    );
  });

  it("are found anywhere inside", () => {
    const secret = conceal({ it: "s3cret" }, ["it"]).it;
    expect(reveal({ a: [{ b: secret }], c: secret })).toEqual({ a: [{ b: "s3cret" }], c: "s3cret" });
    expect(reveal(conceal({ outer: { inner: secret } }, ["outer"]))).toEqual({ outer: { inner: "s3cret" } });
  });

  it("lose nothing to what looks a little like them", () => {
    const odd = { "4dabf18193072939515e22adb298388d": "something else", value: 1 };
    expect(reveal(odd)).toEqual(odd);
  });

  it("leave out what is not there", () => {
    expect(conceal({ a: undefined, b: null }, ["b"])).toEqual(conceal({ b: null }, ["b"]));
  });
});

describe("what is not known yet", () => {
  it("is found anywhere inside, and nowhere else", () => {
    const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
    expect(pulumi.runtime).toMatchObject({ unknownValue: unknown });
    fc.assert(
      fc.property(properties, (values) => {
        expect(hasUnknown(values)).toBe(false);
      }),
    );
    for (const value of [unknown, [unknown], { a: { b: [1, unknown] } }]) expect(hasUnknown({ value })).toBe(true);
  });
});
